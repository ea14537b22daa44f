#pragma once

#include "crypto/secret_bytes.hpp"
#include "mfa/passkeys/passkey_options.hpp"

#include <string_view>
#include <vector>

namespace secureauth::mfa {

/// Passkeys that nobody has, for addresses that have no account or an account without a passkey: what is answered must
/// not tell. The same for an address each time and on every instance. Immutable; thread-safe.
/// Source: WebAuthn Level 3 §14.6.2, §14.6.3; OWASP ASVS 5.0 6.3.8.
class PasskeyDecoys {
 public:
  explicit PasskeyDecoys(const crypto::SecretBytes& secret_key);

  /// One or two, of the lengths and transports that authenticators in use have.
  [[nodiscard]] std::vector<PasskeyDescriptor> of(std::string_view email_key) const;

 private:
  crypto::SecretBytes key_;
};

}  // namespace secureauth::mfa
