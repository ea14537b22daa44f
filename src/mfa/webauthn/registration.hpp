#pragma once

#include "core/clock.hpp"
#include "mfa/webauthn/attestation.hpp"
#include "mfa/webauthn/cose_key.hpp"
#include "mfa/webauthn/relying_party.hpp"
#include "mfa/webauthn/verdict.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace secureauth::webauthn {

/// What a browser brings back from navigator.credentials.create(), decoded from base64url by response_json.hpp.
struct RegistrationResponse {
  std::vector<std::byte> client_data_json;
  std::vector<std::byte> attestation_object;
  std::vector<std::string> transports{};  ///< known names only (§5.8.4), each once
};

/// What the options of this ceremony asked for. The references must outlive the call.
struct RegistrationExpectation {
  const RelyingParty& relying_party;
  std::vector<std::byte> challenge;
  UserVerification user_verification = UserVerification::preferred;
  std::vector<CoseAlgorithm> algorithms;
  const AttestationPolicy& attestation;
  bool device_bound_only = false;  ///< step 18: refuses what may be copied to other devices
  Timestamp now;
};

/// What is worth keeping of a new credential (step 27).
struct NewCredential {
  std::vector<std::byte> id;
  std::vector<std::byte> public_key;  ///< COSE_Key as received
  CoseAlgorithm algorithm{};
  std::uint32_t sign_count = 0;
  bool user_verified = false;  ///< never of U2F, whose flags nobody signs
  bool backup_eligible = false;
  bool backed_up = false;
  Aaguid aaguid{};  ///< zero of U2F, likewise
  std::string attestation_format;
  AttestationType attestation_type = AttestationType::none;
  bool attested = false;  ///< a chain led to a root of the metadata
};

/// Steps 5 to 25 of §7.1, in order; the refusal names the first that failed. That the id is new (26), and keeping it
/// (27, 29), are the caller's. Thread-safe.
[[nodiscard]] Verdict<NewCredential> verify_registration(const RegistrationResponse& response,
                                                         const RegistrationExpectation& expected);

}  // namespace secureauth::webauthn
