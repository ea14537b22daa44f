#include "mfa/webauthn/registration.hpp"

#include "crypto/digest.hpp"
#include "mfa/webauthn/cbor.hpp"
#include "mfa/webauthn/client_data.hpp"

#include <algorithm>

namespace secureauth::webauthn {
namespace {

constexpr std::size_t kLongestCredentialId = 1023;
constexpr std::size_t kObjectMembers = 3;

/// §6.5: what an authenticator brought. Views the bytes that it was read from.
struct AttestationObject {
  std::string_view format;
  std::span<const std::byte> statement;  ///< attStmt, a CBOR map
  std::span<const std::byte> data;       ///< authData
  AuthenticatorData parsed;
};

/// Step 13: one canonical map of exactly `fmt`, `attStmt` and `authData`, whose credential is there.
Verdict<AttestationObject> read_object(std::span<const std::byte> bytes) {
  const auto object = cbor::read(bytes);
  if (!object) return refuse(13, "the attestation object is not canonical CBOR: " + object.error());
  const auto format = object->find_text("fmt");
  const auto* statement = object->find("attStmt");
  const auto data = object->find_bytes("authData");
  if (!format || statement == nullptr || !data || object->size() != kObjectMembers) {
    return refuse(13, "the attestation object is not of fmt, attStmt and authData");
  }
  auto parsed = parse_authenticator_data(*data);
  if (!parsed) return refuse(13, parsed.error());
  if (!parsed->has_credential) return refuse(13, "no attested credential data");
  return AttestationObject{*format, statement->encoded(), *data, *std::move(parsed)};
}

/// Steps 14 to 18: where the authenticator was, who was there, and whether it may be copied.
Verdict<void> check_data(const AuthenticatorData& data, const RegistrationExpectation& expected) {
  // Step 14: for this relying party.
  const auto rp_id_hash = crypto::sha256(crypto::as_bytes(expected.relying_party.id));
  if (!crypto::equal(data.rp_id_hash, rp_id_hash)) return refuse(14, "the RP ID is another one");

  // Step 15: somebody was there.
  if (!data.user_present) return refuse(15, "the user was not present");

  // Step 16: and was verified, where that is required.
  if (expected.user_verification == UserVerification::required && !data.user_verified) {
    return refuse(16, "the user was not verified");
  }

  // Step 17: nothing is backed up that may not be.
  if (data.backed_up && !data.backup_eligible) return refuse(17, "backed up without being eligible for it");

  // Step 18: and nothing may be, where the policy says so.
  if (data.backup_eligible && expected.device_bound_only) return refuse(18, "the passkey may be copied");
  return {};
}

/// Step 20: the key is of an algorithm that was offered, and in good form.
Verdict<CoseKey> read_key(const AuthenticatorData& data, const RegistrationExpectation& expected) {
  auto key = CoseKey::parse(data.public_key);
  if (!key) return refuse(20, key.error());
  const auto& offered = expected.algorithms;
  if (std::ranges::find(offered, key->algorithm()) == offered.end()) {
    return refuse(20, std::string(to_text(key->algorithm())) + " was not offered");
  }
  return std::move(*key);
}

struct Attested {
  Attestation attestation;
  Judgement judgement;
  bool user_verified = false;
};

/// Steps 21 to 24: whether what vouches for the authenticator holds, and is enough.
Verdict<Attested> check_attestation(const AttestationObject& object, const CoseKey& key,
                                    std::span<const std::byte> client_data_hash,
                                    const RegistrationExpectation& expected) {
  // Steps 21 and 22: a statement of a format that is known, and that holds.
  const AttestationSubject subject{object.data, client_data_hash, object.parsed, key};
  auto attestation = verify_statement(object.format, object.statement, subject);
  if (!attestation) return attestation.error();

  // Steps 23 and 24: by somebody who is trusted, where the policy asks for it.
  const auto judgement = judge_attestation(*attestation, object.parsed.aaguid, expected.attestation, expected.now);
  if (!judgement) return judgement.error();

  // Step 16 again, now that it is known who claims that the user was verified.
  const bool verified = object.parsed.user_verified && judgement->flags_count;
  if (expected.user_verification == UserVerification::required && !verified) {
    return refuse(16, "U2F verifies no user");
  }
  return Attested{*std::move(attestation), *judgement, verified};
}

}  // namespace

Verdict<NewCredential> verify_registration(const RegistrationResponse& response,
                                           const RegistrationExpectation& expected) {
  // Steps 5 to 12: what the browser says of its page.
  const auto client_data_hash =
      check_client_data(Ceremony::registration, response.client_data_json, expected.challenge, expected.relying_party);
  if (!client_data_hash) return client_data_hash.error();

  auto object = read_object(response.attestation_object);
  if (!object) return object.error();
  auto& data = object->parsed;
  if (const auto fit = check_data(data, expected); !fit) return fit.error();

  // Step 19: the backup state is kept, and shown to the owner.
  const auto key = read_key(data, expected);
  if (!key) return key.error();
  auto attested = check_attestation(*object, *key, *client_data_hash, expected);
  if (!attested) return attested.error();

  // Step 25: an id that the store can hold.
  if (data.credential_id.empty() || data.credential_id.size() > kLongestCredentialId) {
    return refuse(25, "the credential id is empty or longer than 1023 bytes");
  }
  return NewCredential{.id = std::move(data.credential_id),
                       .public_key = std::move(data.public_key),
                       .algorithm = key->algorithm(),
                       .sign_count = data.sign_count,
                       .user_verified = attested->user_verified,
                       .backup_eligible = data.backup_eligible,
                       .backed_up = data.backed_up,
                       .aaguid = attested->judgement.aaguid,
                       .attestation_format = std::move(attested->attestation.format),
                       .attestation_type = attested->attestation.type,
                       .attested = attested->judgement.trusted};
}

}  // namespace secureauth::webauthn
