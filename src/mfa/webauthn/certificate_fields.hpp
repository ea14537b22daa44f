#pragma once

#include "mfa/webauthn/authenticator_data.hpp"
#include "mfa/webauthn/certificate.hpp"
#include "mfa/webauthn/cose_key.hpp"

#include <openssl/asn1.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What attestation formats ask about a certificate (RFC 5280), answered by OpenSSL.
namespace secureauth::webauthn {

/// Why a certificate counts for nothing, whoever issued it: a signature over SHA-1 or weaker, a key that is neither EC
/// on a NIST curve, Ed25519, Ed448 nor RSA of 2048 to 4096 bits, an extension that comes twice or cannot be read.
/// Nothing when it is fit.
[[nodiscard]] std::optional<std::string_view> unfitness(const Certificate& certificate);

[[nodiscard]] bool is_version_3(const Certificate& certificate);
[[nodiscard]] bool has_empty_subject(const Certificate& certificate);
/// The subject's value of that kind (`NID_commonName`), in UTF-8; empty unless there is exactly one.
[[nodiscard]] std::string subject_text(const Certificate& certificate, int nid);

/// Whether the basic constraints are there and say that it is no authority.
[[nodiscard]] bool is_marked_as_leaf(const Certificate& certificate);
/// Whether it may be used for a purpose by its extended key usage, which must be there. `oid`: `2.23.133.8.3`.
[[nodiscard]] bool is_for(const Certificate& certificate, const char* oid);
/// Whether its alternative name is a directory name with manufacturer, model and version of a TPM, each of them once.
/// Source: TCG EK Credential Profile for TPM Family 2.0 §3.2.9.
[[nodiscard]] bool names_a_tpm(const Certificate& certificate);

struct Extension {
  std::span<const std::byte> value;  ///< what the octet string around it holds; views the certificate
  bool critical = false;
};
[[nodiscard]] std::optional<Extension> find_extension(const Certificate& certificate, const char* oid);

/// A rule of a format about its attestation certificate, and what the certificate does that breaks it.
struct Requirement {
  std::string_view broken;
  bool (*holds)(const Certificate&);
};
/// What the certificate breaks first; the rule on the AAGUID extension, which all formats share, comes last.
[[nodiscard]] std::optional<std::string_view> broken_requirement(const Certificate& certificate,
                                                                 std::span<const Requirement> requirements,
                                                                 const Aaguid& aaguid);

[[nodiscard]] bool has_key(const Certificate& certificate, const CoseKey& key);
/// Its key, never null for a certificate that is fit; belongs to it.
[[nodiscard]] EVP_PKEY* key_of(const Certificate& certificate);
[[nodiscard]] bool is_p256(const EVP_PKEY* key);

}  // namespace secureauth::webauthn
