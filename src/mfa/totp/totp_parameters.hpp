#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace secureauth::mfa {

enum class TotpAlgorithm { sha1, sha256, sha512 };

/// What a TOTP authenticator and its verifier agree on (RFC 6238 §4.1, RFC 4226 §5.3). The defaults are what every
/// authenticator app reads; several ignore others. An authenticator keeps those that it was made with.
struct TotpParameters {
  TotpAlgorithm algorithm = TotpAlgorithm::sha1;
  int digits = 6;  ///< 6 or 8
  std::chrono::seconds period{30};

  bool operator==(const TotpParameters&) const = default;
};

/// `SHA1`, as in otpauth:// URIs.
[[nodiscard]] constexpr std::string_view to_text(TotpAlgorithm algorithm) {
  switch (algorithm) {
    case TotpAlgorithm::sha1:
      return "SHA1";
    case TotpAlgorithm::sha256:
      return "SHA256";
    case TotpAlgorithm::sha512:
      return "SHA512";
  }
  return "";
}

[[nodiscard]] constexpr std::optional<TotpAlgorithm> totp_algorithm_from(std::string_view text) {
  for (const auto algorithm : {TotpAlgorithm::sha1, TotpAlgorithm::sha256, TotpAlgorithm::sha512}) {
    if (to_text(algorithm) == text) return algorithm;
  }
  return std::nullopt;
}

}  // namespace secureauth::mfa
