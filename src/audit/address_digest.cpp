#include "audit/address_digest.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <span>

namespace secureauth::audit {

constexpr std::size_t kBytes = 16;

AddressDigest::AddressDigest(const crypto::SecretBytes& secret_key)
    : key_(crypto::derive_key(secret_key, "secureauth/audit/address")) {}

std::string AddressDigest::of(std::string_view email_key) const {
  const auto digest = crypto::hmac_sha256(key_, {email_key});
  return crypto::base64url_encode(std::span(digest).first<kBytes>());
}

}  // namespace secureauth::audit
