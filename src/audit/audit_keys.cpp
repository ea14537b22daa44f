#include "audit/audit_keys.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::audit {

namespace {

using KeyId = std::array<std::byte, AuditKeys::kIdBytes>;

KeyId id_bytes_of(const crypto::SecretBytes& key) {
  const auto whole = crypto::derive_key(key, "secureauth/audit/v1/id");
  KeyId id{};
  std::copy_n(whole.bytes().begin(), id.size(), id.begin());
  return id;
}

crypto::KeyGenerations generations_of(const crypto::SecretBytes& current, const std::vector<crypto::SecretBytes>& old) {
  crypto::KeyGenerations generations;
  generations.current = current.clone();
  for (const auto& key : old) generations.old.push_back(key.clone());
  return generations;
}

}  // namespace

AuditKeys::AuditKeys(const crypto::SecretBytes& current, const std::vector<crypto::SecretBytes>& old)
    : AuditKeys(crypto::RotatingKey(generations_of(current, old))) {}

AuditKeys::AuditKeys(const crypto::RotatingKey& key) : master_(key), keys_(key, &keys_of) {}

AuditKeys::Keys AuditKeys::keys_of(const crypto::KeyGenerations& generations) {
  if (generations.current.empty()) throw std::invalid_argument("an audit log needs a key");
  Keys keys;
  for (const auto* key : generations.all()) {
    keys.push_back({id_bytes_of(*key), crypto::derive_key(*key, "secureauth/audit/v1/mac")});
  }
  return keys;
}

std::string AuditKeys::id_of(const crypto::SecretBytes& key) {
  return crypto::hex_encode(id_bytes_of(key));
}

AuditKeys::Signer AuditKeys::signer_of(const crypto::SecretBytes& key) {
  return {id_of(key), crypto::derive_key(key, "secureauth/audit/v1/sign")};
}

std::string AuditKeys::current_id() const {
  return crypto::hex_encode(keys_.get()->front().id);
}

AuditKeys::Mac AuditKeys::mac_of(std::string_view canonical) const {
  const auto keys = keys_.get();
  const auto& key = keys->front();
  const auto digest = crypto::hmac_sha256(key.secret, {canonical});
  Mac mac{};
  const auto rest = std::ranges::copy(key.id, mac.begin()).out;
  std::ranges::copy(digest, rest);
  return mac;
}

AuditKeys::Verdict AuditKeys::check(std::string_view canonical, std::span<const std::byte> mac) const {
  if (mac.size() != std::tuple_size_v<Mac>) return Verdict::wrong;
  const auto id = mac.first(kIdBytes);
  const auto keys = keys_.get();
  const auto key = std::ranges::find_if(*keys, [&id](const Key& known) { return std::ranges::equal(known.id, id); });
  if (key == keys->end()) return Verdict::unknown_key;
  const auto digest = crypto::hmac_sha256(key->secret, {canonical});
  return crypto::equal(mac.subspan(kIdBytes), digest) ? Verdict::right : Verdict::wrong;
}

}  // namespace secureauth::audit
