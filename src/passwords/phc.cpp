#include "passwords/phc.hpp"

#include "crypto/encoding.hpp"

#include <array>
#include <charconv>

namespace secureauth::passwords {
namespace {

constexpr std::size_t kLeastSalt = 8;  // what Argon2 itself asks for (RFC 9106 §3.1 names no least; libargon2 does)
constexpr std::size_t kLeastTag = 12;
constexpr std::size_t kMostField = 64;
constexpr std::size_t kMostKeyId = 11;  // 8 bytes

/// Takes `prefix` off the front of `text`, or tells that it is not there.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Takes `name` and a number off the front. A number has no sign and no leading zero: one hash, one spelling.
bool take_number(std::string_view& text, std::string_view name, unsigned& value) {
  if (!take(text, name) || text.starts_with('0')) return false;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

/// Takes everything before the next `$`, and the `$`.
std::optional<std::string_view> take_field(std::string_view& text) {
  const auto end = text.find('$');
  if (end == std::string_view::npos) return std::nullopt;
  const auto field = text.substr(0, end);
  text.remove_prefix(end + 1);
  return field;
}

bool take_parameters(std::string_view& text, Argon2Phc& into) {
  into.version = 16;
  if (text.starts_with("v=") && (!take_number(text, "v=", into.version) || !take(text, "$"))) return false;
  if (into.version != 16 && into.version != 19) return false;
  auto& cost = into.cost;
  if (!take_number(text, "m=", cost.memory_kib) || !take_number(text, ",t=", cost.time) ||
      !take_number(text, ",p=", cost.parallelism)) {
    return false;
  }
  const bool keyed = take(text, ",keyid=");
  const auto rest = take_field(text);
  if (!rest || keyed == rest->empty() || rest->size() > kMostKeyId) return false;
  into.key_id = *rest;
  return !keyed || phc_base64_decode(*rest).has_value();
}

}  // namespace

std::string phc_base64(std::span<const std::byte> bytes) {
  auto text = crypto::base64url_encode(bytes);
  for (auto& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  return text;
}

std::optional<std::vector<std::byte>> phc_base64_decode(std::string_view text) {
  std::string url(text);
  for (auto& c : url) {
    if (c == '-' || c == '_') return std::nullopt;
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  }
  return crypto::base64url_decode(url);
}

std::string Argon2Phc::without_key_id() const {
  auto copy = *this;
  copy.key_id.clear();
  return copy.text();
}

std::string Argon2Phc::text() const {
  std::string text = "$" + std::string(type);
  if (version != 16) text += "$v=" + std::to_string(version);
  text += "$m=" + std::to_string(cost.memory_kib) + ",t=" + std::to_string(cost.time) +
          ",p=" + std::to_string(cost.parallelism);
  if (!key_id.empty()) text += ",keyid=" + key_id;
  return text + '$' + phc_base64(salt) + '$' + phc_base64(tag);
}

std::optional<Argon2Phc> parse_argon2_phc(std::string_view text) {
  Argon2Phc hash;
  constexpr std::array<std::string_view, 3> kTypes = {"argon2id", "argon2i", "argon2d"};
  if (!take(text, "$")) return std::nullopt;
  const auto type = take_field(text);
  for (const auto known : kTypes) {
    if (type == known) hash.type = known;
  }
  if (hash.type.empty() || !take_parameters(text, hash)) return std::nullopt;
  const auto salt_text = take_field(text);
  auto salt = salt_text ? phc_base64_decode(*salt_text) : std::nullopt;
  auto tag = phc_base64_decode(text);
  if (!salt || !tag || salt->size() < kLeastSalt || salt->size() > kMostField || tag->size() < kLeastTag ||
      tag->size() > kMostField) {
    return std::nullopt;
  }
  hash.salt = *std::move(salt);
  hash.tag = *std::move(tag);
  return hash;
}

}  // namespace secureauth::passwords
