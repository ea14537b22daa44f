#pragma once

#include "mfa/webauthn/registration.hpp"

#include <cstddef>
#include <set>
#include <string>

namespace secureauth::mfa {

/// The settings of passkeys (WEBAUTHN_*).
struct PasskeySettings {
  webauthn::RelyingParty relying_party;
  std::string relying_party_name;
  webauthn::UserVerification user_verification = webauthn::UserVerification::preferred;  ///< of a second factor
  webauthn::AttestationPolicy attestation;
  bool device_bound_only = false;
  bool refuse_count_going_back = true;
  std::size_t most_per_user = 20;
  bool sign_up = false;  ///< PASSWORDLESS_SIGNUP
};

/// What people call this model of authenticators, by the metadata or else a list of well-known ones; empty: unknown.
[[nodiscard]] std::string authenticator_name(const PasskeySettings& settings, const webauthn::Aaguid& aaguid);

/// What a passkey that its owner did not name is called.
[[nodiscard]] std::string default_passkey_name(const PasskeySettings& settings, const webauthn::Aaguid& aaguid);

}  // namespace secureauth::mfa
