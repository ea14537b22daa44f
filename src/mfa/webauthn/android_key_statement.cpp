#include "crypto/digest.hpp"
#include "mfa/webauthn/certificate_fields.hpp"
#include "mfa/webauthn/key_description.hpp"
#include "mfa/webauthn/statement.hpp"

#include <algorithm>

namespace secureauth::webauthn {
namespace {

constexpr const char* kKeyDescription = "1.3.6.1.4.1.11129.2.1.17";

constexpr std::int64_t kGenerated = 0;  // KM_ORIGIN_GENERATED
constexpr std::int64_t kSign = 2;       // KM_PURPOSE_SIGN
constexpr std::int64_t kVerify = 3;     // KM_PURPOSE_VERIFY, which anybody with the public key can do

/// Key stores always state origin and purpose; the W3C's vector leaves both out. A purpose that is nowhere stated gives
/// nothing away: the signature shows that the key signs.
std::optional<std::string_view> description_fault(const KeyDescription& description,
                                                  std::span<const std::byte> client_data_hash) {
  if (!crypto::equal(description.challenge, client_data_hash)) return "was made for another challenge";
  if (description.for_all_applications) return "lets all applications use the key";
  const auto is_generated = [](std::int64_t origin) { return origin == kGenerated; };
  if (!std::ranges::all_of(description.origins, is_generated)) return "is of a key that was not made in the key store";
  const auto& purposes = description.purposes;
  const auto is_signing = [](std::int64_t purpose) { return purpose == kSign || purpose == kVerify; };
  const bool signs = purposes.empty() || purposes.contains(kSign);
  if (!signs || !std::ranges::all_of(purposes, is_signing)) return "is of a key with another purpose than signing";
  return std::nullopt;
}

}  // namespace

Verdict<Attestation> verify_android_key(std::span<const std::byte> statement, const AttestationSubject& subject) {
  auto read = read_statement(statement, {.required = {"alg", "sig", "x5c"}});
  if (!read) return read.error();
  const auto& leaf = read->path.front();
  if (!verify_signature(key_of(leaf), *read->algorithm, read->signature, signed_data(subject))) {
    return refuse_statement("the signature is not by the attestation certificate");
  }
  if (!has_key(leaf, subject.key)) return refuse_statement("the attestation certificate is of another key");
  const auto extension = find_extension(leaf, kKeyDescription);
  const auto description = extension ? read_key_description(extension->value) : std::nullopt;
  if (!description) return refuse_statement("the attestation certificate has no key description that can be read");
  if (const auto fault = description_fault(*description, subject.client_data_hash)) {
    return refuse_statement("the attestation certificate " + std::string(*fault));
  }
  return Attestation{.type = AttestationType::certified, .format = {}, .path = std::move(read->path)};
}

}  // namespace secureauth::webauthn
