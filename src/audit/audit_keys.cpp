#include "audit/audit_keys.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::audit {

AuditKeys::AuditKeys(const crypto::SecretBytes& current, const std::vector<crypto::SecretBytes>& old) {
  if (current.empty()) throw std::invalid_argument("an audit log needs a key");
  add(current);
  for (const auto& master : old) add(master);
}

void AuditKeys::add(const crypto::SecretBytes& master) {
  const auto whole = crypto::derive_key(master, "secureauth/audit/v1/id");
  Key key{.id = {}, .secret = crypto::derive_key(master, "secureauth/audit/v1/mac")};
  std::copy_n(whole.bytes().begin(), kIdBytes, key.id.begin());
  signers_.push_back({crypto::hex_encode(key.id), crypto::derive_key(master, "secureauth/audit/v1/sign")});
  keys_.push_back(std::move(key));
}

AuditKeys::Mac AuditKeys::mac_of(std::string_view canonical) const {
  const auto& key = keys_.front();
  const auto digest = crypto::hmac_sha256(key.secret, {canonical});
  Mac mac{};
  const auto rest = std::ranges::copy(key.id, mac.begin()).out;
  std::ranges::copy(digest, rest);
  return mac;
}

AuditKeys::Verdict AuditKeys::check(std::string_view canonical, std::span<const std::byte> mac) const {
  if (mac.size() != std::tuple_size_v<Mac>) return Verdict::wrong;
  const auto id = mac.first(kIdBytes);
  const auto key = std::ranges::find_if(keys_, [&id](const Key& known) { return std::ranges::equal(known.id, id); });
  if (key == keys_.end()) return Verdict::unknown_key;
  const auto digest = crypto::hmac_sha256(key->secret, {canonical});
  return crypto::equal(mac.subspan(kIdBytes), digest) ? Verdict::right : Verdict::wrong;
}

}  // namespace secureauth::audit
