#pragma once

#include "crypto/digest.hpp"
#include "mfa/webauthn/attestation.hpp"
#include "mfa/webauthn/cbor_fixture.hpp"
#include "mfa/webauthn/certificate_fixture.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// For unit tests only: what an authenticator would send.
namespace secureauth::webauthn {

/// The members of a statement, to be changed and written.
struct StatementSpec {
  std::map<std::string, Bytes> members{};  ///< each already CBOR

  StatementSpec& set(const std::string& name, Bytes cbor) {
    members[name] = std::move(cbor);
    return *this;
  }
  StatementSpec& drop(const std::string& name) {
    members.erase(name);
    return *this;
  }
  [[nodiscard]] Bytes cbor() const {
    std::map<Bytes, Bytes> sorted;
    for (const auto& [name, value] : members) sorted[written::text(name)] = value;
    return written::sorted_map(sorted);
  }
};

inline Bytes x5c(const std::vector<Certificate>& path) {
  std::vector<Bytes> items;
  for (const auto& certificate : path) items.push_back(written::bytes(certificate.der()));
  return written::array(items);
}

inline Bytes parameter(const SharedKey& key, const char* name, std::size_t size) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key.get(), name, &number);
  Bytes bytes(size);
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
  BN_free(number);
  return bytes;
}

inline Bytes cose_of(const SharedKey& key) {
  using namespace written;
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA) {
    return sorted_map({{integer(1), integer(3)},
                       {integer(3), integer(-257)},
                       {integer(-1), bytes(parameter(key, OSSL_PKEY_PARAM_RSA_N, 256))},
                       {integer(-2), bytes(parameter(key, OSSL_PKEY_PARAM_RSA_E, 3))}});
  }
  const auto bits = EVP_PKEY_get_bits(key.get());
  const auto size = static_cast<std::size_t>(bits + 7) / 8;
  const int curve = bits == 256 ? 1 : bits == 384 ? 2 : 3;
  return sorted_map({{integer(1), integer(2)},
                     {integer(3), integer(curve == 1   ? -7
                                          : curve == 2 ? -35
                                                       : -36)},
                     {integer(-1), integer(curve)},
                     {integer(-2), bytes(parameter(key, OSSL_PKEY_PARAM_EC_PUB_X, size))},
                     {integer(-3), bytes(parameter(key, OSSL_PKEY_PARAM_EC_PUB_Y, size))}});
}

/// A credential that an authenticator has just made.
class FreshCredential {
 public:
  explicit FreshCredential(SharedKey key = ec_key())
      : key_(std::move(key)), cose_(valid(CoseKey::parse(cose_of(key_)))) {
    const std::string id = "credential-id";
    const auto rp_id_hash = crypto::sha256(crypto::as_bytes("example.org"));
    const Bytes flags_and_count{std::byte{0x45}, {}, {}, {}, {}};  // UP, UV, AT
    const Bytes length{std::byte{0}, std::byte(id.size())};
    data_ = joined({rp_id_hash, flags_and_count, aaguid(), length, crypto::as_bytes(id), cose_of(key_)});
    parsed_ = valid(parse_authenticator_data(data_));
  }

  static Aaguid aaguid() { return aaguid_from("0a1b2c3d-0000-4000-8000-00000000000f").value(); }

  [[nodiscard]] const SharedKey& key() const { return key_; }
  [[nodiscard]] const CoseKey& cose() const { return cose_; }
  [[nodiscard]] const AuthenticatorData& parsed() const { return parsed_; }
  [[nodiscard]] const crypto::Sha256& client_data_hash() const { return client_data_hash_; }
  [[nodiscard]] AttestationSubject subject() const {
    return {.authenticator_data = data_, .client_data_hash = client_data_hash_, .parsed = parsed_, .key = cose_};
  }
  /// What attestations sign.
  [[nodiscard]] Bytes signed_data() const { return joined({data_, client_data_hash_}); }

 private:
  SharedKey key_;
  CoseKey cose_;
  Bytes data_;
  AuthenticatorData parsed_;
  crypto::Sha256 client_data_hash_ = crypto::sha256(crypto::as_bytes("client data"));
};

/// What is said of a statement: empty when it holds; else the refusal, which must be of step 22.
inline std::string refusal(std::string_view format, const Bytes& statement, const FreshCredential& credential) {
  const auto verdict = verify_statement(format, statement, credential.subject());
  if (verdict) return {};
  if (verdict.error().step != 22) return "step " + std::to_string(verdict.error().step);
  return verdict.error().detail;
}

inline const std::string kAaguidExtension = "1.3.6.1.4.1.45724.1.1.4";

/// The value of that extension: an octet string within the extension's own.
inline std::string aaguid_value(const Aaguid& aaguid) {
  constexpr unsigned kOctetString = 0x04;
  return as_der(der(kOctetString, aaguid));
}

}  // namespace secureauth::webauthn
