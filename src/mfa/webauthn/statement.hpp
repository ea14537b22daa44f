#pragma once

#include "mfa/webauthn/attestation.hpp"
#include "mfa/webauthn/cbor.hpp"
#include "mfa/webauthn/certificate.hpp"
#include "mfa/webauthn/cose_key.hpp"
#include "mfa/webauthn/verdict.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::webauthn {

/// The refusal of step 22 of §7.1.
[[nodiscard]] inline Refusal refuse_statement(std::string detail) {
  return refuse(22, std::move(detail));
}

/// The members of an attestation statement by its format's CDDL (§8).
struct Syntax {
  std::vector<std::string_view> required;
  std::vector<std::string_view> optional{};
};

/// A statement with what most formats have read already. Views the CBOR that it was read from.
struct StatementParts {
  cbor::Value members;
  std::optional<CoseAlgorithm> algorithm;  ///< `alg`
  std::span<const std::byte> signature;    ///< `sig`; empty where there is none
  std::vector<Certificate> path;           ///< `x5c`; empty where there is none
};

/// Reads a statement that has all that the syntax requires and nothing that it does not know. Refuses an algorithm that
/// is not offered, and an `x5c` that is empty, longer than 8, or holds a certificate that is unfit.
[[nodiscard]] Verdict<StatementParts> read_statement(std::span<const std::byte> cbor, const Syntax& syntax);

/// authenticatorData ‖ clientDataHash: what is signed, and in `tpm` named attToBeSigned.
[[nodiscard]] std::vector<std::byte> signed_data(const AttestationSubject& subject);

/// A format's verification procedure.
using Procedure = Verdict<Attestation> (*)(std::span<const std::byte> statement, const AttestationSubject& subject);

[[nodiscard]] Verdict<Attestation> verify_packed(std::span<const std::byte> statement,
                                                 const AttestationSubject& subject);  ///< §8.2
[[nodiscard]] Verdict<Attestation> verify_tpm(std::span<const std::byte> statement,
                                              const AttestationSubject& subject);  ///< §8.3
[[nodiscard]] Verdict<Attestation> verify_android_key(std::span<const std::byte> statement,
                                                      const AttestationSubject& subject);  ///< §8.4
[[nodiscard]] Verdict<Attestation> verify_fido_u2f(std::span<const std::byte> statement,
                                                   const AttestationSubject& subject);  ///< §8.6
[[nodiscard]] Verdict<Attestation> verify_none(std::span<const std::byte> statement,
                                               const AttestationSubject& subject);  ///< §8.7
[[nodiscard]] Verdict<Attestation> verify_apple(std::span<const std::byte> statement,
                                                const AttestationSubject& subject);  ///< §8.8
[[nodiscard]] Verdict<Attestation> verify_compound(std::span<const std::byte> statement,
                                                   const AttestationSubject& subject);  ///< §8.9

}  // namespace secureauth::webauthn
