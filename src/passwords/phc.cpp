#include "passwords/phc.hpp"

#include "crypto/encoding.hpp"
#include "passwords/hash_reader.hpp"

namespace secureauth::passwords {
namespace {

constexpr std::size_t kLeastSalt = 8;  // what Argon2 itself asks for (RFC 9106 §3.1 names no least; libargon2 does)
constexpr std::size_t kLeastTag = 12;
constexpr std::size_t kMostField = 64;
constexpr std::size_t kMostKeyId = 11;  // 8 bytes

void read_parameters(HashReader& reader, Argon2Phc& into) {
  into.version = 16;
  if (reader.maybe("v=")) {
    into.version = reader.number();
    reader.require(into.version == 16 || into.version == 19);
    reader.literal("$");
  }
  reader.literal("m=");
  into.cost.memory_kib = reader.number();
  reader.literal(",t=");
  into.cost.time = reader.number();
  reader.literal(",p=");
  into.cost.parallelism = reader.number();
  const bool keyed = reader.maybe(",keyid=");
  into.key_id = reader.field();
  reader.require(keyed != into.key_id.empty() && into.key_id.size() <= kMostKeyId);
  reader.require(phc_base64_decode(into.key_id).has_value());
}

std::vector<std::byte> decoded(HashReader& reader, std::string_view text, std::size_t least) {
  auto bytes = phc_base64_decode(text).value_or(std::vector<std::byte>{});
  reader.require(bytes.size() >= least && bytes.size() <= kMostField);
  return bytes;
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
  HashReader reader(text);
  reader.literal("$");
  const auto type = reader.field();
  for (const std::string_view known : {"argon2id", "argon2i", "argon2d"}) {
    if (type == known) hash.type = known;
  }
  reader.require(!hash.type.empty());
  read_parameters(reader, hash);
  hash.salt = decoded(reader, reader.field(), kLeastSalt);
  hash.tag = decoded(reader, reader.rest(), kLeastTag);
  if (!reader.done()) return std::nullopt;
  return hash;
}

}  // namespace secureauth::passwords
