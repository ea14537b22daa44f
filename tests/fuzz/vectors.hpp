#pragma once

#include "mfa/webauthn/authentication.hpp"
#include "mfa/webauthn/registration.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace secureauth::fuzz {

using Bytes = std::vector<std::byte>;

/// The specification's ceremonies (tests/vectors/webauthn.json): what mutated input is judged beside, because only
/// they carry signatures that hold.
struct RecordedRegistration {
  Bytes challenge;
  webauthn::RegistrationResponse response;
  Bytes credential_id;
  Bytes public_key;
};
struct RecordedAuthentication {
  Bytes challenge;
  webauthn::AuthenticationResponse response;
  webauthn::KnownCredential known;
};

[[nodiscard]] const std::vector<RecordedRegistration>& registrations();
[[nodiscard]] const std::vector<RecordedAuthentication>& authentications();

/// One that takes every vector, cross-origin ones included.
[[nodiscard]] const webauthn::RelyingParty& relying_party();
/// The vectors' root, for every model.
[[nodiscard]] const webauthn::TrustSource& trust();

/// The references must outlive what is returned.
[[nodiscard]] webauthn::RegistrationExpectation expecting(const RecordedRegistration& recorded,
                                                          const webauthn::AttestationPolicy& policy);
[[nodiscard]] webauthn::AuthenticationExpectation expecting(const RecordedAuthentication& recorded);

[[nodiscard]] inline Bytes copy(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

/// A property that input must not break: a finding, as a crash is.
void require(bool holds, std::string_view property);

}  // namespace secureauth::fuzz
