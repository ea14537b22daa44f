#include "crypto/sha1.hpp"

#include <openssl/sha.h>

namespace secureauth::crypto {

Sha1 sha1(std::span<const std::byte> data) {
  Sha1 out;
  SHA1(reinterpret_cast<const unsigned char*>(data.data()), data.size(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

}  // namespace secureauth::crypto
