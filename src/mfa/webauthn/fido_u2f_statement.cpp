#include "mfa/webauthn/certificate_fields.hpp"
#include "mfa/webauthn/statement.hpp"

namespace secureauth::webauthn {
namespace {

constexpr std::byte kReserved{0x00};
constexpr std::byte kUncompressed{0x04};  // SEC 1 §2.3.3

/// What a U2F authenticator signs when it registers: reserved byte, application, challenge, key handle, public key.
/// Source: FIDO U2F Raw Message Formats §4.3.
std::vector<std::byte> verification_data(const AttestationSubject& subject) {
  std::vector<std::byte> data{kReserved};
  const auto append = [&data](std::span<const std::byte> part) { data.insert(data.end(), part.begin(), part.end()); };
  append(subject.parsed.rp_id_hash);
  append(subject.client_data_hash);
  append(subject.parsed.credential_id);
  data.push_back(kUncompressed);
  append(subject.key.x());
  append(subject.key.y());
  return data;
}

}  // namespace

// §8.6 looks at neither AAGUID nor flags, which U2F does not sign: judge_attestation() believes none of them.
Verdict<Attestation> verify_fido_u2f(std::span<const std::byte> statement, const AttestationSubject& subject) {
  auto read = read_statement(statement, {.required = {"sig", "x5c"}});
  if (!read) return read.error();
  if (read->path.size() != 1) return refuse_statement("x5c has more than one certificate");
  auto* const key = key_of(read->path.front());
  if (!is_p256(key)) return refuse_statement("the attestation certificate's key is not on P-256");
  // Whose coordinates have 32 bytes each, then.
  if (subject.key.algorithm() != CoseAlgorithm::es256) return refuse_statement("the credential key is not on P-256");
  if (!verify_signature(key, CoseAlgorithm::es256, read->signature, verification_data(subject))) {
    return refuse_statement("the signature is not by the attestation certificate");
  }
  return Attestation{.type = AttestationType::certified, .format = {}, .path = std::move(read->path)};
}

}  // namespace secureauth::webauthn
