#pragma once

#include "core/clock.hpp"
#include "mfa/webauthn/authenticator_data.hpp"
#include "mfa/webauthn/certificate.hpp"
#include "mfa/webauthn/cose_key.hpp"
#include "mfa/webauthn/trust.hpp"
#include "mfa/webauthn/verdict.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::webauthn {

/// §6.5.4, weakest first. `certified`: by a chain of certificates, whether or not anybody trusts its root.
enum class AttestationType { none, self, certified };
[[nodiscard]] std::string_view to_text(AttestationType type);

/// What an attestation statement speaks about.
struct AttestationSubject {
  std::span<const std::byte> authenticator_data;  ///< as received
  std::span<const std::byte> client_data_hash;    ///< SHA-256 of the client data as received
  const AuthenticatorData& parsed;
  const CoseKey& key;  ///< of the new credential
};

/// What a statement that holds proves.
struct Attestation {
  AttestationType type = AttestationType::none;
  std::string format;
  std::vector<Certificate> path;  ///< leaf first, as it came; never with the root's trust
  /// Of `compound` (WebAuthn Level 3 §8.9): what each of its statements proves.
  std::vector<Attestation> parts{};
};

/// Step 21: whether the format is one of none, packed, tpm, android-key, apple, fido-u2f, compound, case-sensitively.
/// `android-safetynet` is obsolete and says so in the refusal.
[[nodiscard]] Verdict<void> check_format(std::string_view format);

/// Steps 21 and 22: reads the statement (`statement`: its CBOR map, canonical) and checks it by the format's procedure
/// (§8.2 to §8.9), certificates' own fields included, chains not.
[[nodiscard]] Verdict<Attestation> verify_statement(std::string_view format, std::span<const std::byte> statement,
                                                    const AttestationSubject& subject);

/// What is believed of an authenticator whose attestation the policy takes.
struct Judgement {
  bool trusted = false;      ///< a chain led to a trusted root
  Aaguid aaguid{};           ///< the one that it claimed; zero where nothing but U2F vouches, which signs none (§8.6)
  bool flags_count = false;  ///< likewise: U2F signs no flags, and verifies no user
};

/// Steps 23 and 24: whether the policy takes it.
[[nodiscard]] Verdict<Judgement> judge_attestation(const Attestation& attestation, const Aaguid& aaguid,
                                                   const AttestationPolicy& policy, Timestamp now);

}  // namespace secureauth::webauthn
