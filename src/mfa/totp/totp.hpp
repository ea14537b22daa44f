#pragma once

#include "core/clock.hpp"
#include "crypto/secret_bytes.hpp"
#include "mfa/totp/totp_parameters.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace secureauth::mfa {

/// Time-based one-time passwords by liboath, and what makes a code good for one time only.
/// Source: RFC 6238, RFC 4226; NIST SP 800-63B-4 §3.1.4.2. Thread-safe.

/// 160 bits (RFC 4226 §4 R6), whatever the algorithm: every app takes that many.
inline constexpr std::size_t kTotpSecretBytes = 20;

/// Time steps since the epoch (RFC 6238 §4.2).
[[nodiscard]] std::int64_t totp_step(Timestamp now, const TotpParameters& parameters);

/// The code of one time step: exactly parameters.digits ASCII digits.
[[nodiscard]] std::string totp_code(const crypto::SecretBytes& secret, const TotpParameters& parameters,
                                    std::int64_t step);

/// Whether a text can be a code at all: exactly `digits` ASCII digits.
[[nodiscard]] bool is_totp_code(std::string_view text, int digits);

/// The farthest that an authenticator's clock is followed, in time steps: five minutes of 30-second ones. Without an
/// end, a clock that is set wrong once a day would carry codes ever farther from their time.
inline constexpr int kMostTotpDrift = 10;

/// What is known of one authenticator's clock.
struct TotpPosition {
  int drift = 0;               ///< time steps that it is ahead of ours, as of the last code that was accepted
  std::int64_t last_step = 0;  ///< of that code

  bool operator==(const TotpPosition&) const = default;
};

enum class TotpVerdict {
  wrong,
  fresh,
  used,  ///< right, but of the last accepted time step or an earlier one (RFC 6238 §5.2)
};

struct TotpMatch {
  TotpVerdict verdict = TotpVerdict::wrong;
  TotpPosition position;  ///< after a fresh code; as it was after any other
};

/// Compares a code with those of `skew` time steps on either side of the present one, and of where the authenticator's
/// clock is believed to be: who typed slowly and was taken for late is not refused the next time. All of them are
/// computed and compared in constant time, whichever fits. A fresh code moves the drift to where it was found, at most
/// to kMostTotpDrift (RFC 6238 §6).
[[nodiscard]] TotpMatch match_totp(const crypto::SecretBytes& secret, const TotpParameters& parameters,
                                   std::string_view code, Timestamp now, int skew, TotpPosition position);

}  // namespace secureauth::mfa
