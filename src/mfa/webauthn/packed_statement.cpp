#include "mfa/webauthn/certificate_fields.hpp"
#include "mfa/webauthn/statement.hpp"

#include <openssl/objects.h>

#include <array>

namespace secureauth::webauthn {
namespace {

bool has_country(const Certificate& certificate) {
  const auto country = subject_text(certificate, NID_countryName);
  return country.size() == 2;  // ISO 3166
}

bool is_of_attestation(const Certificate& certificate) {
  return subject_text(certificate, NID_organizationalUnitName) == "Authenticator Attestation";
}

/// §8.2.1
constexpr std::array kRequirements{
    Requirement{"is not of version 3", &is_version_3},
    Requirement{"names no country", &has_country},
    Requirement{"names no organisation",
                [](const Certificate& c) { return !subject_text(c, NID_organizationName).empty(); }},
    Requirement{"has another unit than \"Authenticator Attestation\"", &is_of_attestation},
    Requirement{"has no common name", [](const Certificate& c) { return !subject_text(c, NID_commonName).empty(); }},
    Requirement{"is not marked as one that issues none", &is_marked_as_leaf},
};

Verdict<Attestation> verify_with_path(StatementParts statement, const AttestationSubject& subject) {
  const auto& leaf = statement.path.front();
  if (!verify_signature(key_of(leaf), *statement.algorithm, statement.signature, signed_data(subject))) {
    return refuse_statement("the signature is not by the attestation certificate");
  }
  if (const auto broken = broken_requirement(leaf, kRequirements, subject.parsed.aaguid)) {
    return refuse_statement("the attestation certificate " + std::string(*broken));
  }
  return Attestation{.type = AttestationType::certified, .format = {}, .path = std::move(statement.path)};
}

/// Self attestation.
Verdict<Attestation> verify_by_credential(const StatementParts& statement, const AttestationSubject& subject) {
  if (*statement.algorithm != subject.key.algorithm()) return refuse_statement("alg is not the credential key's");
  if (!subject.key.verifies(statement.signature, signed_data(subject))) {
    return refuse_statement("the signature is not by the credential key");
  }
  return Attestation{.type = AttestationType::self, .format = {}, .path = {}};
}

}  // namespace

Verdict<Attestation> verify_packed(std::span<const std::byte> statement, const AttestationSubject& subject) {
  auto read = read_statement(statement, {.required = {"alg", "sig"}, .optional = {"x5c"}});
  if (!read) return read.error();
  return read->path.empty() ? verify_by_credential(*read, subject) : verify_with_path(*std::move(read), subject);
}

Verdict<Attestation> verify_none(std::span<const std::byte> statement, const AttestationSubject&) {
  const auto read = read_statement(statement, {.required = {}});
  if (!read) return read.error();
  return Attestation{};
}

}  // namespace secureauth::webauthn
