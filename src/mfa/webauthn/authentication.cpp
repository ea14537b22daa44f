#include "mfa/webauthn/authentication.hpp"

#include "crypto/digest.hpp"
#include "mfa/webauthn/authenticator_data.hpp"
#include "mfa/webauthn/client_data.hpp"
#include "mfa/webauthn/cose_key.hpp"

#include <algorithm>

namespace secureauth::webauthn {
namespace {

/// Steps 5 and 6: the credential is one that was asked for, and of whom it was asked of.
Verdict<void> check_owner(const AuthenticationResponse& response, const std::optional<KnownCredential>& known,
                          const AuthenticationExpectation& expected) {
  // Step 5: where credentials were named, it is among them.
  const auto& allowed = expected.allowed;
  if (!allowed.empty() && std::ranges::find(allowed, response.credential_id) == allowed.end()) {
    return refuse(5, "the credential is not among those that were asked for");
  }

  // Step 6: the user is known, and owns it.
  if (!known || known->id != response.credential_id) return refuse(6, "nobody has this credential");
  const auto& said = response.user_handle;
  if (said && *said != known->user_handle) return refuse(6, "the user handle is not that of the credential's owner");
  if (expected.user_handle && *expected.user_handle != known->user_handle) {
    return refuse(6, "the credential is another user's");
  }
  if (!expected.user_handle && !said) return refuse(6, "the user handle is missing");
  return {};
}

/// Steps 15 to 19: where the authenticator was, who was there, and whether it is what it was.
Verdict<void> check_data(const AuthenticatorData& data, const KnownCredential& known,
                         const AuthenticationExpectation& expected) {
  // Step 15: for this relying party.
  const auto rp_id_hash = crypto::sha256(crypto::as_bytes(expected.relying_party.id));
  if (!crypto::equal(data.rp_id_hash, rp_id_hash)) return refuse(15, "the RP ID is another one");

  // Step 16: somebody was there.
  if (!data.user_present) return refuse(16, "the user was not present");

  // Step 17: and was verified, where that is required.
  if (expected.user_verification == UserVerification::required && !data.user_verified) {
    return refuse(17, "the user was not verified");
  }

  // Step 18: nothing is backed up that may not be.
  if (data.backed_up && !data.backup_eligible) return refuse(18, "backed up without being eligible for it");

  // Step 19: and whether it may be never changes.
  if (data.backup_eligible != known.backup_eligible) return refuse(19, "the backup eligibility has changed");
  return {};
}

}  // namespace

Verdict<Assertion> verify_authentication(const AuthenticationResponse& response,
                                         const std::optional<KnownCredential>& known,
                                         const AuthenticationExpectation& expected) {
  if (const auto owned = check_owner(response, known, expected); !owned) return owned.error();

  // Step 7: the parts of the answer, in form.
  const auto data = parse_authenticator_data(response.authenticator_data);
  if (!data) return refuse(7, data.error());
  if (data->has_credential) return refuse(7, "attested credential data in an assertion");
  if (response.signature.empty()) return refuse(7, "the signature is missing");

  // Steps 8 to 14: what the browser says of its page. And step 20, which step 21 needs: the hash of that.
  const auto client_data_hash = check_client_data(Ceremony::authentication, response.client_data_json,
                                                  expected.challenge, expected.relying_party);
  if (!client_data_hash) return client_data_hash.error();

  if (const auto fit = check_data(*data, *known, expected); !fit) return fit.error();

  // Step 21: the signature is by the credential's key, over both as they were received.
  const auto key = CoseKey::parse(known->public_key);
  if (!key) return refuse(21, "the stored public key cannot be read: " + key.error());
  auto message = response.authenticator_data;
  message.insert(message.end(), client_data_hash->begin(), client_data_hash->end());
  if (!key->verifies(response.signature, message)) return refuse(21, "the signature is wrong");

  // Step 22: an authenticator that counts has counted on.
  const bool counts = data->sign_count != 0 || known->sign_count != 0;
  const bool went_back = counts && data->sign_count <= known->sign_count;
  if (went_back && expected.refuse_count_going_back) return refuse(22, "the sign count did not grow");
  return Assertion{.user_verified = data->user_verified,
                   .backed_up = data->backed_up,
                   .sign_count = data->sign_count,
                   .count_went_back = went_back};
}

}  // namespace secureauth::webauthn
