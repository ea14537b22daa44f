#pragma once

#include "crypto/secret_bytes.hpp"
#include "crypto/signing_key.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>

struct evp_pkey_st;

namespace secureauth::crypto {

/// ECDSA with P-256 and SHA-256 (FIPS 186-5 §6) by OpenSSL. Immutable; thread-safe; OpenSSL wipes the secret at its
/// end.
class P256SigningKey {
 public:
  using Coordinate = std::array<std::byte, 32>;  ///< big-endian

  /// `seed`: 32 bytes, for this purpose alone; the private number is made from it (FIPS 186-5 §A.2.1). Another size
  /// throws std::invalid_argument.
  explicit P256SigningKey(const SecretBytes& seed);

  /// R ‖ S, 32 bytes each, as JWS has it (RFC 7518 §3.4). Another one each time.
  [[nodiscard]] Signature sign(std::span<const std::byte> message) const;

  [[nodiscard]] const Coordinate& x() const { return x_; }
  [[nodiscard]] const Coordinate& y() const { return y_; }

 private:
  std::shared_ptr<evp_pkey_st> key_;
  Coordinate x_{};
  Coordinate y_{};
};

}  // namespace secureauth::crypto
