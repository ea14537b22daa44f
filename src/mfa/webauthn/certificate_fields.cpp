#include "mfa/webauthn/certificate_fields.hpp"

#include "crypto/quiet_errors.hpp"

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace secureauth::webauthn {
namespace {

constexpr int kLeastSecurityBits = 112;  // NIST SP 800-57 Part 1 §5.6.3; SHA-1 has 63
constexpr int kMostExtensions = 32;

constexpr const char* kAaguidExtension = "1.3.6.1.4.1.45724.1.1.4";              // id-fido-gen-ce-aaguid
constexpr std::array kTpmNames{"2.23.133.2.1", "2.23.133.2.2", "2.23.133.2.3"};  // manufacturer, model, version

struct FreeObject {
  void operator()(ASN1_OBJECT* object) const { ASN1_OBJECT_free(object); }
};
using Object = std::unique_ptr<ASN1_OBJECT, FreeObject>;

Object object_of(const char* oid) {
  return Object(OBJ_txt2obj(oid, 1));
}

std::span<const std::byte> bytes_of(const ASN1_STRING* text) {
  return std::as_bytes(std::span(ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))));
}

/// An extension decoded by OpenSSL; nullptr where it is not there, or cannot be read.
template <class T>
std::unique_ptr<T, void (*)(T*)> decoded(const Certificate& certificate, int nid, void (*free)(T*)) {
  const crypto::QuietErrors quiet;
  auto* const value = static_cast<T*>(X509_get_ext_d2i(certificate.get(), nid, nullptr, nullptr));
  return {value, free};
}

bool is_fit(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return is_fit_rsa(key);
    case EVP_PKEY_EC: {
      // Parameters written out may look like a known curve and have another generator.
      int explicit_parameters = 0;
      return EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_parameters) == 1 &&
             explicit_parameters == 0 &&
             (is_on_curve(key, SN_X9_62_prime256v1) || is_on_curve(key, SN_secp384r1) ||
              is_on_curve(key, SN_secp521r1));
    }
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
      return true;
    default:
      return false;
  }
}

bool has_extensions_twice_or_too_many(const X509* certificate) {
  const int count = X509_get_ext_count(certificate);
  if (count > kMostExtensions) return true;
  for (int i = 0; i < count; ++i) {
    const auto* object = X509_EXTENSION_get_object(X509_get_ext(certificate, i));
    if (X509_get_ext_by_OBJ(certificate, object, i) >= 0) return true;
  }
  return false;
}

bool has_once(const X509_NAME* name, const char* oid) {
  const auto object = object_of(oid);
  const int first = X509_NAME_get_index_by_OBJ(name, object.get(), -1);
  return first >= 0 && X509_NAME_get_index_by_OBJ(name, object.get(), first) < 0;
}

}  // namespace

std::optional<std::string_view> unfitness(const Certificate& certificate) {
  const crypto::QuietErrors quiet;
  auto* const x509 = certificate.get();
  int security_bits = 0;
  const bool known = X509_get_signature_info(x509, nullptr, nullptr, &security_bits, nullptr) == 1;
  const auto flags = X509_get_extension_flags(x509);
  const auto* key = X509_get0_pubkey(x509);
  if (!known || security_bits < kLeastSecurityBits) return "is signed with a weak or unknown algorithm";
  if (key == nullptr || !is_fit(key)) return "has a key of a kind or size that is not accepted";
  if ((flags & EXFLAG_INVALID) != 0) return "has an extension that cannot be read";
  if (has_extensions_twice_or_too_many(x509)) return "has an extension twice, or too many";
  return std::nullopt;
}

bool is_version_3(const Certificate& certificate) {
  return X509_get_version(certificate.get()) == X509_VERSION_3;
}

bool has_empty_subject(const Certificate& certificate) {
  return X509_NAME_entry_count(X509_get_subject_name(certificate.get())) == 0;
}

std::string subject_text(const Certificate& certificate, int nid) {
  const crypto::QuietErrors quiet;
  const auto* subject = X509_get_subject_name(certificate.get());
  const int first = X509_NAME_get_index_by_NID(subject, nid, -1);
  if (first < 0 || X509_NAME_get_index_by_NID(subject, nid, first) >= 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first)));
  if (size < 0) return {};
  std::string found(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return found;
}

bool is_marked_as_leaf(const Certificate& certificate) {
  const auto constraints = decoded<BASIC_CONSTRAINTS>(certificate, NID_basic_constraints, &BASIC_CONSTRAINTS_free);
  return constraints && constraints->ca == 0;
}

bool is_for(const Certificate& certificate, const char* oid) {
  const auto uses = decoded<EXTENDED_KEY_USAGE>(certificate, NID_ext_key_usage, &EXTENDED_KEY_USAGE_free);
  if (!uses) return false;
  const auto wanted = object_of(oid);
  for (int i = 0; i < sk_ASN1_OBJECT_num(uses.get()); ++i) {
    if (OBJ_cmp(sk_ASN1_OBJECT_value(uses.get(), i), wanted.get()) == 0) return true;
  }
  return false;
}

bool names_a_tpm(const Certificate& certificate) {
  const auto names = decoded<GENERAL_NAMES>(certificate, NID_subject_alt_name, &GENERAL_NAMES_free);
  if (!names) return false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DIRNAME) continue;
    return std::ranges::all_of(kTpmNames, [name](const char* oid) { return has_once(name->d.directoryName, oid); });
  }
  return false;
}

std::optional<Extension> find_extension(const Certificate& certificate, const char* oid) {
  const auto object = object_of(oid);
  auto* const extension = X509_get_ext(certificate.get(), X509_get_ext_by_OBJ(certificate.get(), object.get(), -1));
  if (extension == nullptr) return std::nullopt;
  return Extension{.value = bytes_of(X509_EXTENSION_get_data(extension)),
                   .critical = X509_EXTENSION_get_critical(extension) != 0};
}

namespace {

/// What is wrong with the extension id-fido-gen-ce-aaguid (§8.2.1): it may be left out; else it is one octet string of
/// 16 bytes that equals the authenticator's AAGUID, and not critical.
std::optional<std::string_view> aaguid_extension_fault(const Certificate& certificate, const Aaguid& aaguid) {
  const crypto::QuietErrors quiet;
  const auto extension = find_extension(certificate, kAaguidExtension);
  if (!extension) return std::nullopt;
  if (extension->critical) return "has a critical AAGUID extension";
  const auto* at = reinterpret_cast<const unsigned char*>(extension->value.data());
  const auto* const end = at + extension->value.size();
  const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> inner(
      d2i_ASN1_OCTET_STRING(nullptr, &at, static_cast<long>(extension->value.size())), &ASN1_OCTET_STRING_free);
  if (!inner || at != end) return "has an AAGUID extension that is no octet string";
  if (!std::ranges::equal(bytes_of(inner.get()), aaguid)) return "is of a model with another AAGUID";
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> broken_requirement(const Certificate& certificate,
                                                   std::span<const Requirement> requirements, const Aaguid& aaguid) {
  for (const auto& requirement : requirements) {
    if (!requirement.holds(certificate)) return requirement.broken;
  }
  return aaguid_extension_fault(certificate, aaguid);
}

bool has_key(const Certificate& certificate, const CoseKey& key) {
  const crypto::QuietErrors quiet;
  return EVP_PKEY_eq(key_of(certificate), key.key()) == 1;
}

EVP_PKEY* key_of(const Certificate& certificate) {
  return X509_get0_pubkey(certificate.get());
}

bool is_p256(const EVP_PKEY* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && is_on_curve(key, SN_X9_62_prime256v1);
}

}  // namespace secureauth::webauthn
