#include "ephemeral/redis/script.hpp"

#include <openssl/sha.h>

#include <cstddef>

namespace secureauth::ephemeral::redis {

Script::Script(std::string_view source) : source_(source) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, SHA_DIGEST_LENGTH> sha1{};
  SHA1(reinterpret_cast<const unsigned char*>(source.data()), source.size(), sha1.data());
  for (std::size_t i = 0; i < sha1.size(); ++i) {
    digest_[2 * i] = kDigits[sha1[i] >> 4U];
    digest_[2 * i + 1] = kDigits[sha1[i] & 0xfU];
  }
}

}  // namespace secureauth::ephemeral::redis
