#pragma once

#include "crypto/digest.hpp"
#include "crypto/rotating_key.hpp"
#include "mfa/passkeys/passkey_options.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace secureauth::mfa {

/// Passkeys that nobody has, for addresses that have no account or an account without a passkey: what is answered must
/// not tell. The same for an address each time and on every instance. Thread-safe.
/// Source: WebAuthn Level 3 §14.6.2, §14.6.3; OWASP ASVS 5.0 6.3.8.
class PasskeyDecoys {
 public:
  /// `names_key` stays when SECRET_KEY changes: decoys that changed while passkeys do not would tell them apart.
  /// `site` binds them to this service, for nobody's real passkeys are at two (ASVS 9.2.3).
  PasskeyDecoys(const crypto::RotatingKey& names_key, std::string_view site);

  /// One or two, of the lengths and transports that authenticators in use have.
  [[nodiscard]] std::vector<PasskeyDescriptor> of(std::string_view email_key) const;

  /// Whether it is the id of a decoy. Nobody may register it: whether that succeeds would tell decoys from passkeys.
  [[nodiscard]] bool made(std::span<const std::byte> credential_id) const;

 private:
  [[nodiscard]] crypto::Sha256 mark_of(std::span<const std::byte> beginning) const;

  crypto::DerivedKeys names_;
};

}  // namespace secureauth::mfa
