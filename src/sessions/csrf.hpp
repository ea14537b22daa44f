#pragma once

#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "crypto/rotating_key.hpp"

#include <string>
#include <string_view>

namespace secureauth::sessions {

/// Signed double-submit tokens: `random.HMAC(key, binding, random)`. The binding is the hash of the session's or the
/// pre-session's cookie, so a token is worth something beside that cookie only, and a new session id needs a new one.
/// Source: OWASP CSRF Prevention Cheat Sheet, "Signed Double-Submit Cookie". Thread-safe.
class CsrfTokens {
 public:
  /// The key is derived from CSRF_SECRET for this purpose and this site alone (ASVS 9.2.3).
  CsrfTokens(const crypto::RotatingKey& csrf_secret, std::string_view site, crypto::Random& random);

  [[nodiscard]] std::string issue(const crypto::Sha256& binding) const;

  /// Whether header and cookie are the same token, and it was issued for this binding, under any key that is in force.
  /// Constant time.
  [[nodiscard]] bool accept(std::string_view header, std::string_view cookie, const crypto::Sha256& binding) const;

 private:
  crypto::DerivedKeys keys_;
  crypto::Random& random_;
};

}  // namespace secureauth::sessions
