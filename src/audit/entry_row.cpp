#include "audit/entry_row.hpp"

#include "crypto/encoding.hpp"

namespace secureauth::audit {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

constexpr bool dash_at(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

std::optional<std::string_view> optional_text(const db::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return row.text(column);
}

}  // namespace

// By hand: a verification reads millions of them.
std::optional<IdBytes> id_bytes(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  IdBytes id;
  std::size_t at = 0;
  for (auto& byte : id) {
    if (dash_at(at)) {
      if (text[at] != '-') return std::nullopt;
      ++at;
    }
    const int high = digit_of(text[at]);
    const int low = digit_of(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    byte = static_cast<std::byte>(high * 16 + low);
    at += 2;
  }
  return id;
}

std::string id_text(const IdBytes& id) {
  auto text = crypto::hex_encode(id);
  for (const std::size_t position : {8U, 13U, 18U, 23U}) text.insert(position, 1, '-');
  return text;
}

EntryRow read_entry(const db::Row& row, std::size_t first) {
  return {.text = {.id = row.text(first),
                   .at = row.text(first + 1),
                   .event = row.text(first + 2),
                   .outcome = row.text(first + 3),
                   .actor = optional_text(row, first + 4),
                   .subject = optional_text(row, first + 5),
                   .session = optional_text(row, first + 6),
                   .ip = row.text(first + 7),
                   .user_agent = row.text(first + 8),
                   .request_id = row.text(first + 9),
                   .details = row.text(first + 10)},
          .mac = row.is_null(first + 11) ? std::span<const std::byte>() : row.bytes(first + 11)};
}

}  // namespace secureauth::audit
