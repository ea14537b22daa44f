#include "audit/address_digest.hpp"

#include "crypto/encoding.hpp"

#include <span>

namespace secureauth::audit {

constexpr std::size_t kBytes = 16;

AddressDigest::AddressDigest(const crypto::RotatingKey& names_key) : names_(names_key, "secureauth/audit/address") {}

std::string AddressDigest::of(std::string_view email_key) const {
  const auto digest = names_.sign({email_key});
  return crypto::base64url_encode(std::span(digest).first<kBytes>());
}

}  // namespace secureauth::audit
