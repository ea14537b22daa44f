#include "crypto/random.hpp"

#include <sodium.h>

namespace secureauth::crypto {

void SystemRandom::fill(std::span<std::byte> bytes) {
  randombytes_buf(bytes.data(), bytes.size());
}

}  // namespace secureauth::crypto
