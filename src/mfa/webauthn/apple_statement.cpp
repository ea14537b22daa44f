#include "crypto/digest.hpp"
#include "crypto/quiet_errors.hpp"
#include "mfa/webauthn/certificate_fields.hpp"
#include "mfa/webauthn/statement.hpp"

#include <openssl/asn1t.h>

#include <algorithm>
#include <memory>

namespace secureauth::webauthn {
namespace {

constexpr const char* kNonceExtension = "1.2.840.113635.100.8.2";

/// SEQUENCE { nonce [1] EXPLICIT OCTET STRING }
struct AppleNonce {
  ASN1_OCTET_STRING* nonce;
};
// NOLINTBEGIN: OpenSSL's macros, which clang-format takes for the beginning of what follows
// clang-format off
ASN1_SEQUENCE(AppleNonce) = {
  ASN1_EXP(AppleNonce, nonce, ASN1_OCTET_STRING, 1),
} static_ASN1_SEQUENCE_END(AppleNonce)
// NOLINTEND
void free_nonce(AppleNonce* value) {
  ASN1_item_free(reinterpret_cast<ASN1_VALUE*>(value), ASN1_ITEM_rptr(AppleNonce));
}
// clang-format on

/// Whether the extension's value is that structure with these bytes in it.
bool holds_nonce(std::span<const std::byte> extension, std::span<const std::byte> nonce) {
  const crypto::QuietErrors quiet;
  const auto* at = reinterpret_cast<const unsigned char*>(extension.data());
  const auto* const end = at + extension.size();
  auto* const value = ASN1_item_d2i(nullptr, &at, static_cast<long>(extension.size()), ASN1_ITEM_rptr(AppleNonce));
  const std::unique_ptr<AppleNonce, decltype(&free_nonce)> held(reinterpret_cast<AppleNonce*>(value), &free_nonce);
  if (!held || at != end) return false;
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(held->nonce));
  return crypto::equal(std::as_bytes(std::span(ASN1_STRING_get0_data(held->nonce), size)), nonce);
}

}  // namespace

Verdict<Attestation> verify_apple(std::span<const std::byte> statement, const AttestationSubject& subject) {
  // The standard has dropped `alg`; devices of before still send it.
  auto read = read_statement(statement, {.required = {"x5c"}, .optional = {"alg"}});
  if (!read) return read.error();
  if (read->algorithm && *read->algorithm != subject.key.algorithm()) {
    return refuse_statement("alg is not the credential key's");
  }
  const auto& leaf = read->path.front();
  const auto extension = find_extension(leaf, kNonceExtension);
  if (!extension || !holds_nonce(extension->value, crypto::sha256(signed_data(subject)))) {
    return refuse_statement("the attestation certificate does not hold this ceremony's nonce");
  }
  if (!has_key(leaf, subject.key)) return refuse_statement("the attestation certificate is of another key");
  return Attestation{.type = AttestationType::certified, .format = {}, .path = std::move(read->path)};
}

}  // namespace secureauth::webauthn
