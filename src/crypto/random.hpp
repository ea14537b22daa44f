#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace secureauth::crypto {

/// Where every secret, token and id comes from; passed in so that tests set it. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;
};

/// The operating system's generator through libsodium. Its failure ends the process (ASVS 11.5.2).
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override;
};

}  // namespace secureauth::crypto
