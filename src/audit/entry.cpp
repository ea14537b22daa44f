#include "audit/entry.hpp"

#include <cstdint>

namespace secureauth::audit {
namespace {

constexpr std::string_view kLabel = "secureauth audit entry v1";
constexpr std::uint32_t kAbsent = 0xffffffff;

void append_number(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>((number >> shift) & 0xffU));
}

void append_field(std::string& out, std::optional<std::string_view> field) {
  append_number(out, field ? static_cast<std::uint32_t>(field->size()) : kAbsent);
  if (field) out.append(*field);
}

}  // namespace

void append_canonical(std::string& out, const EntryText& entry) {
  append_field(out, kLabel);
  append_field(out, entry.id);
  append_field(out, entry.at);
  append_field(out, entry.event);
  append_field(out, entry.outcome);
  append_field(out, entry.actor);
  append_field(out, entry.subject);
  append_field(out, entry.session);
  append_field(out, entry.ip);
  append_field(out, entry.user_agent);
  append_field(out, entry.request_id);
  append_field(out, entry.details);
}

crypto::Sha256 leaf_hash(std::string_view canonical, std::span<const std::byte> mac) {
  std::string bytes;
  bytes.reserve(1 + canonical.size() + mac.size());
  bytes.push_back('\0');
  bytes.append(canonical);
  bytes.append(crypto::as_text(mac));
  return crypto::sha256(crypto::as_bytes(bytes));
}

}  // namespace secureauth::audit
