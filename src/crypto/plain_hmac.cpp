#include "crypto/plain_hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace secureauth::crypto {

Sha256 plain_hmac_sha256(const SecretBytes& key, std::string_view bytes) {
  Sha256 mac{};
  unsigned int size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* made = HMAC(EVP_sha256(), key.bytes().data(), static_cast<int>(key.size()), data, bytes.size(),
                          reinterpret_cast<unsigned char*>(mac.data()), &size);
  if (made == nullptr || size != mac.size()) throw std::runtime_error("HMAC-SHA-256 cannot be computed");
  return mac;
}

}  // namespace secureauth::crypto
