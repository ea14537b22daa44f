#pragma once

#include "crypto/encoding.hpp"
#include "mfa/webauthn/certificate.hpp"

#include <boost/system/result.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// For unit tests only: certificates of any kind, right and wrong.
namespace secureauth::webauthn {

using Bytes = std::vector<std::byte>;

/// What was read, which must have gone well.
template <class T>
T valid(boost::system::result<T, std::string> read) {
  if (!read) throw std::invalid_argument(read.error());
  return std::move(*read);
}

using SharedKey = std::shared_ptr<EVP_PKEY>;

inline SharedKey ec_key(const char* curve = "P-256") {
  return {EVP_EC_gen(curve), &EVP_PKEY_free};
}
inline SharedKey rsa_key() {
  return {EVP_RSA_gen(2048), &EVP_PKEY_free};
}

inline Bytes sign(const SharedKey& key, std::span<const std::byte> message, const EVP_MD* digest = EVP_sha256()) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto* const data = reinterpret_cast<const unsigned char*>(message.data());
  std::size_t size = 0;
  EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get());
  EVP_DigestSign(context.get(), nullptr, &size, data, message.size());
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data, message.size()) !=
      1) {
    throw std::runtime_error("cannot sign");
  }
  signature.resize(size);
  return signature;
}

/// One element of DER, of any tag below 31, with up to 64 KiB in it.
inline Bytes der(unsigned tag, std::span<const std::byte> content) {
  Bytes bytes{std::byte(tag)};
  if (content.size() > 0xFF) {
    bytes.insert(bytes.end(), {std::byte{0x82}, std::byte(content.size() >> 8U)});
  } else if (content.size() > 0x7F) {
    bytes.push_back(std::byte{0x81});
  }
  bytes.push_back(std::byte(content.size() & 0xFFU));
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

inline Bytes joined(std::initializer_list<std::span<const std::byte>> parts) {
  Bytes all;
  for (const auto part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// An extension's value for CertificateSpec.
inline std::string as_der(std::span<const std::byte> value) {
  return "DER:" + crypto::hex_encode(value);
}

using Names = std::vector<std::pair<std::string, std::string>>;

struct CertificateSpec {
  Names subject{{"C", "AA"}, {"O", "Example"}, {"OU", "Authenticator Attestation"}, {"CN", "Model"}};
  /// By name or object identifier, in the syntax of OpenSSL's configuration.
  Names extensions{{"basicConstraints", "critical,CA:FALSE"}};
  long version = X509_VERSION_3;
  std::string not_before = "20240101000000Z";
  std::string not_after = "30240101000000Z";
  const EVP_MD* digest = EVP_sha256();
  SharedKey key{};  ///< nothing: a new one on P-256

  CertificateSpec& with(const std::string& extension, const std::string& value) {
    extensions.emplace_back(extension, value);
    return *this;
  }
  CertificateSpec& without(std::string_view name) {
    std::erase_if(subject, [name](const auto& item) { return item.first == name; });
    std::erase_if(extensions, [name](const auto& item) { return item.first == name; });
    return *this;
  }
};

/// What may issue.
inline CertificateSpec authority(const std::string& name, const std::string& constraints = "critical,CA:TRUE") {
  return {.subject = {{"CN", name}}, .extensions = {{"basicConstraints", constraints}}};
}

struct Issued {
  Certificate certificate;
  SharedKey key;
};

/// Issued by another, or by itself.
inline Issued issue(const CertificateSpec& spec, const Issued* by = nullptr) {
  auto key = spec.key ? spec.key : ec_key();
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
  auto* const x509 = made.get();
  X509_set_version(x509, spec.version);
  static long serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
  ASN1_TIME_set_string(X509_getm_notBefore(x509), spec.not_before.c_str());
  ASN1_TIME_set_string(X509_getm_notAfter(x509), spec.not_after.c_str());
  for (const auto& [name, value] : spec.subject) {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), name.c_str(), MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
  }
  auto* const issuer = by == nullptr ? x509 : by->certificate.get();
  X509_set_issuer_name(x509, X509_get_subject_name(issuer));
  X509_set_pubkey(x509, key.get());
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  for (const auto& [name, value] : spec.extensions) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf(nullptr, &context, name.c_str(), value.c_str()), &X509_EXTENSION_free);
    if (!extension || X509_add_ext(x509, extension.get(), -1) != 1) throw std::invalid_argument(name);
  }
  const auto& signer = by == nullptr ? key : by->key;
  const auto kind = EVP_PKEY_get_base_id(signer.get());
  const bool has_own_digest = kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448;
  if (X509_sign(x509, signer.get(), has_own_digest ? nullptr : spec.digest) == 0)
    throw std::runtime_error("not signed");
  Bytes encoded(static_cast<std::size_t>(i2d_X509(x509, nullptr)));
  auto* at = reinterpret_cast<unsigned char*>(encoded.data());
  i2d_X509(x509, &at);
  return {.certificate = Certificate::parse(encoded).value(), .key = std::move(key)};
}

inline std::string pem_of(const Certificate& certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(out.get(), certificate.get());
  constexpr std::size_t kEnough = 16384;  // of a certificate of 8 KiB
  std::string text(kEnough, '\0');
  text.resize(static_cast<std::size_t>(BIO_read(out.get(), text.data(), static_cast<int>(text.size()))));
  return text;
}

}  // namespace secureauth::webauthn
