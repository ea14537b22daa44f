#pragma once

#include "mfa/webauthn/relying_party.hpp"
#include "mfa/webauthn/verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace secureauth::webauthn {

/// What a browser brings back from navigator.credentials.get(), decoded from base64url by response_json.hpp.
struct AuthenticationResponse {
  std::vector<std::byte> credential_id;
  std::vector<std::byte> client_data_json;
  std::vector<std::byte> authenticator_data;
  std::vector<std::byte> signature;
  std::optional<std::vector<std::byte>> user_handle{};
};

/// The credential that the response names, as it is kept.
struct KnownCredential {
  std::vector<std::byte> id;
  std::vector<std::byte> user_handle;  ///< of its owner
  std::vector<std::byte> public_key;   ///< COSE_Key
  bool backup_eligible = false;
  std::uint32_t sign_count = 0;
};

/// What the options of this ceremony asked for. The reference must outlive the call.
struct AuthenticationExpectation {
  const RelyingParty& relying_party;
  std::vector<std::byte> challenge;
  UserVerification user_verification = UserVerification::required;
  std::vector<std::vector<std::byte>> allowed{};        ///< allowCredentials; empty: whichever the owner has
  std::optional<std::vector<std::byte>> user_handle{};  ///< of who is identified; else the response names him
  bool refuse_count_going_back = false;                 ///< step 22
};

struct Assertion {
  bool user_verified = false;
  bool backed_up = false;
  std::uint32_t sign_count = 0;
  bool count_went_back = false;  ///< either count is not zero, and it did not grow: perhaps there is a copy (§6.1.1)
};

/// Steps 5 to 22 of §7.2, in order; the refusal names the first that failed. `known` is what the store has under the
/// response's credential id, if anything. Thread-safe.
[[nodiscard]] Verdict<Assertion> verify_authentication(const AuthenticationResponse& response,
                                                       const std::optional<KnownCredential>& known,
                                                       const AuthenticationExpectation& expected);

}  // namespace secureauth::webauthn
