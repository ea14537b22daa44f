#pragma once

#include "mfa/webauthn/cbor_fixture.hpp"
#include "mfa/webauthn/cose_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::webauthn {

/// A COSE_Key that can be made wrong: members by label, their values encoded.
class CoseMembers : public std::map<std::int64_t, Bytes> {
 public:
  using std::map<std::int64_t, Bytes>::map;

  [[nodiscard]] Bytes encoded() const {
    std::map<Bytes, Bytes> sorted;  // labels here have one byte, whose order is CTAP2's
    for (const auto& [label, value] : *this) sorted[written::integer(label)] = value;
    return written::sorted_map(sorted);
  }
};

/// A key pair as an authenticator would have it.
class TestKey {
 public:
  explicit TestKey(CoseAlgorithm algorithm, std::size_t rsa_bits = 2048)
      : algorithm_(algorithm), key_(made(algorithm, rsa_bits)) {
    if (!key_) throw std::runtime_error("no key was made");
  }

  [[nodiscard]] EVP_PKEY* get() const { return key_.get(); }

  [[nodiscard]] CoseMembers members() const {
    using written::integer;
    const auto alg = integer(static_cast<int>(algorithm_));
    switch (algorithm_) {
      case CoseAlgorithm::eddsa:
      case CoseAlgorithm::ed448:
        return {{1, integer(1)},
                {3, alg},
                {-1, integer(algorithm_ == CoseAlgorithm::eddsa ? 6 : 7)},
                {-2, written::bytes(raw_point())}};
      case CoseAlgorithm::rs256:
      case CoseAlgorithm::ps256:
        return {{1, integer(3)},
                {3, alg},
                {-1, written::bytes(number(OSSL_PKEY_PARAM_RSA_N, 0))},
                {-2, written::bytes(number(OSSL_PKEY_PARAM_RSA_E, 0))}};
      default:
        return {{1, integer(2)},
                {3, alg},
                {-1, integer(curve())},
                {-2, written::bytes(number(OSSL_PKEY_PARAM_EC_PUB_X, coordinate()))},
                {-3, written::bytes(number(OSSL_PKEY_PARAM_EC_PUB_Y, coordinate()))}};
    }
  }
  [[nodiscard]] Bytes cose() const { return members().encoded(); }

  /// By the key's algorithm; another padding or digest where RSA's is to be wrong.
  [[nodiscard]] Bytes sign(std::span<const std::byte> message) const {
    return sign(message, algorithm_ == CoseAlgorithm::ps256 ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING,
                RSA_PSS_SALTLEN_DIGEST, digest());
  }
  [[nodiscard]] Bytes sign(std::span<const std::byte> message, int padding, int salt, const EVP_MD* digest) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* settings = nullptr;
    EVP_DigestSignInit(context.get(), &settings, digest, nullptr, key_.get());
    if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) EVP_PKEY_CTX_set_rsa_padding(settings, padding);
    if (padding == RSA_PKCS1_PSS_PADDING) EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt);
    const auto* data = reinterpret_cast<const unsigned char*>(message.data());
    Bytes signature(1024);
    auto size = signature.size();
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                       message.size()) != 1) {
      throw std::runtime_error("not signed");
    }
    signature.resize(size);
    return signature;
  }

 private:
  static KeyHandle made(CoseAlgorithm algorithm, std::size_t rsa_bits) {
    const auto ec = [](const char* group) { return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group)); };
    switch (algorithm) {
      case CoseAlgorithm::es256:
        return ec("P-256");
      case CoseAlgorithm::es384:
        return ec("P-384");
      case CoseAlgorithm::es512:
        return ec("P-521");
      case CoseAlgorithm::eddsa:
        return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
      case CoseAlgorithm::ed448:
        return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
      default:
        return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", rsa_bits));
    }
  }
  [[nodiscard]] const EVP_MD* digest() const {
    switch (algorithm_) {
      case CoseAlgorithm::eddsa:
      case CoseAlgorithm::ed448:
        return nullptr;
      case CoseAlgorithm::es384:
        return EVP_sha384();
      case CoseAlgorithm::es512:
        return EVP_sha512();
      default:
        return EVP_sha256();
    }
  }
  [[nodiscard]] int curve() const {
    return algorithm_ == CoseAlgorithm::es256 ? 1 : algorithm_ == CoseAlgorithm::es384 ? 2 : 3;
  }
  [[nodiscard]] int coordinate() const {
    return algorithm_ == CoseAlgorithm::es256 ? 32 : algorithm_ == CoseAlgorithm::es384 ? 48 : 66;
  }
  /// `size`: with leading zeros; 0: without.
  [[nodiscard]] Bytes number(const char* name, int size) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> owner(value, &BN_free);
    Bytes bytes(static_cast<std::size_t>(size == 0 ? BN_num_bytes(value) : size));
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    return bytes;
  }
  [[nodiscard]] Bytes raw_point() const {
    Bytes point(57);
    auto size = point.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(point.data()), &size);
    point.resize(size);
    return point;
  }

  CoseAlgorithm algorithm_;
  KeyHandle key_;
};

}  // namespace secureauth::webauthn
