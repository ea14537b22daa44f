#include "mfa/webauthn/attestation.hpp"

#include "mfa/webauthn/statement.hpp"

#include <algorithm>
#include <array>

namespace secureauth::webauthn {
namespace {

struct Format {
  std::string_view name;  ///< in the IANA registry of WebAuthn attestation statement format identifiers
  Procedure verify;
};

constexpr std::array kFormats{
    Format{"none", &verify_none},         Format{"packed", &verify_packed},
    Format{"tpm", &verify_tpm},           Format{"android-key", &verify_android_key},
    Format{"apple", &verify_apple},       Format{"fido-u2f", &verify_fido_u2f},
    Format{"compound", &verify_compound},
};

const Format* find_format(std::string_view name) {
  const auto* const found = std::ranges::find(kFormats, name, &Format::name);
  return found == kFormats.end() ? nullptr : found;
}

}  // namespace

std::string_view to_text(AttestationType type) {
  switch (type) {
    case AttestationType::none:
      return "none";
    case AttestationType::self:
      return "self";
    case AttestationType::certified:
      return "certified";
  }
  return {};
}

Verdict<void> check_format(std::string_view format) {
  if (find_format(format) != nullptr) return {};
  if (format == "android-safetynet") {
    return refuse(21, "android-safetynet is obsolete: Google has ended the service that vouched");
  }
  return refuse(21, "the attestation statement's format is not supported");
}

Verdict<Attestation> verify_statement(std::string_view format, std::span<const std::byte> statement,
                                      const AttestationSubject& subject) {
  if (const auto known = check_format(format); !known) return known.error();
  auto attestation = find_format(format)->verify(statement, subject);
  if (attestation) attestation->format = format;
  return attestation;
}

}  // namespace secureauth::webauthn
