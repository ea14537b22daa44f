#pragma once

#include "mfa/webauthn/authentication.hpp"
#include "mfa/webauthn/registration.hpp"
#include "mfa/webauthn/verdict.hpp"

#include <boost/json/object.hpp>

namespace secureauth::webauthn {

/// Steps 3 and 4 of §7.1, and the base64url of step 5: reads a registration either from this API's flat fields
/// (`client_data_json`, `attestation_object`, `transports`) or from the standard form (§5.5 RegistrationResponseJSON:
/// `id`, `rawId`, `type`, `response`, `clientExtensionResults`), alone or under `credential`. Both at once, or fields
/// of an assertion, are refused. Client data is 8 KiB at most, the attestation object 32 KiB. All parts are decoded
/// before the ceremony begins: one that is not base64url is refused at the step that reads it, before those between.
[[nodiscard]] Verdict<RegistrationResponse> read_registration(const boost::json::object& body);

/// The same of §7.2 and AuthenticationResponseJSON: `credential_id`, `client_data_json`, `authenticator_data`,
/// `signature`, `user_handle`.
[[nodiscard]] Verdict<AuthenticationResponse> read_authentication(const boost::json::object& body);

}  // namespace secureauth::webauthn
