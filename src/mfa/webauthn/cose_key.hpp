#pragma once

#include "mfa/webauthn/verdict.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::webauthn {

/// Signature algorithms by their COSE number (IANA registry "COSE Algorithms").
enum class CoseAlgorithm : int {
  es256 = -7,
  eddsa = -8,  ///< Ed25519
  es384 = -35,
  es512 = -36,
  ps256 = -37,
  ed448 = -53,
  rs256 = -257,
};

/// What is offered at registration, in this order of preference.
inline constexpr std::array kOfferedAlgorithms{CoseAlgorithm::es256, CoseAlgorithm::eddsa, CoseAlgorithm::es384,
                                               CoseAlgorithm::es512, CoseAlgorithm::ed448, CoseAlgorithm::ps256,
                                               CoseAlgorithm::rs256};

[[nodiscard]] std::optional<CoseAlgorithm> cose_algorithm_from(std::int64_t number);
/// `ES256`
[[nodiscard]] std::string_view to_text(CoseAlgorithm algorithm);

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;

/// A credential's public key. Immutable; thread-safe.
/// Source: RFC 9052 §7, RFC 9053 §7, RFC 8230; WebAuthn §5.8.5, §6.5.1.1 (only such keys are valid).
class CoseKey {
 public:
  /// Reads one canonical COSE_Key that is all of `cbor`. Nothing but a key of a known algorithm whose type, curve and
  /// sizes fit it: EC points uncompressed and on the curve, Ed25519 of the prime order, Ed448 not of small order, RSA
  /// as is_fit_rsa() takes it, no private part. The error says what is wrong, in words for an operator.
  [[nodiscard]] static boost::system::result<CoseKey, std::string> parse(std::span<const std::byte> cbor);

  [[nodiscard]] CoseAlgorithm algorithm() const { return algorithm_; }
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }

  /// Whether it made this signature over this message. ECDSA: strict DER, high s accepted (§6.5.5).
  [[nodiscard]] bool verifies(std::span<const std::byte> signature, std::span<const std::byte> message) const;

  /// An EC2 key's coordinates as they stand in it, for fido-u2f and tpm; empty for others.
  [[nodiscard]] std::span<const std::byte> x() const { return x_; }
  [[nodiscard]] std::span<const std::byte> y() const { return y_; }

 private:
  CoseAlgorithm algorithm_{};
  KeyHandle key_;
  std::vector<std::byte> x_;
  std::vector<std::byte> y_;
};

/// Whether it is an RSA key of 2048 to 4096 bits whose exponent is odd, over 1 and of 64 bits at most.
[[nodiscard]] bool is_fit_rsa(const EVP_PKEY* key);
/// Whether it is an EC key on the curve that OpenSSL calls so: `prime256v1`.
[[nodiscard]] bool is_on_curve(const EVP_PKEY* key, std::string_view name);

/// Whether a signature by `key` (a certificate's, say) with this algorithm is right. A key that does not fit the
/// algorithm verifies nothing.
[[nodiscard]] bool verify_signature(EVP_PKEY* key, CoseAlgorithm algorithm, std::span<const std::byte> signature,
                                    std::span<const std::byte> message);

}  // namespace secureauth::webauthn
