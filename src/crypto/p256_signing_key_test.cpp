#include "crypto/p256_signing_key.hpp"

#include "crypto/digest.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <string>

namespace secureauth::crypto {
namespace {

/// OpenSSL's own reading of the public half and of R ‖ S.
bool verifies(const P256SigningKey& key, std::string_view message, const Signature& signature) {
  std::string point(1, '\x04');
  point += as_text(key.x());
  point += as_text(key.y());
  auto* parts = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  auto* parameters = OSSL_PARAM_BLD_to_param(parts);
  auto* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY* made = nullptr;
  EVP_PKEY_fromdata_init(context);
  EXPECT_EQ(EVP_PKEY_fromdata(context, &made, EVP_PKEY_PUBLIC_KEY, parameters), 1);

  const auto* raw = reinterpret_cast<const unsigned char*>(signature.data());
  auto* pair = ECDSA_SIG_new();
  ECDSA_SIG_set0(pair, BN_bin2bn(raw, 32, nullptr), BN_bin2bn(raw + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const auto size = static_cast<std::size_t>(i2d_ECDSA_SIG(pair, &der));
  auto* digest = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(digest, nullptr, EVP_sha256(), nullptr, made);
  const bool good =
      EVP_DigestVerify(digest, der, size, reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;

  EVP_MD_CTX_free(digest);
  OPENSSL_free(der);
  ECDSA_SIG_free(pair);
  EVP_PKEY_free(made);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(parts);
  return good;
}

TEST(P256SigningKeyTest, WhatItSignsVerifiesAndNothingElse) {  // FIPS 186-5 §6; RFC 7518 §3.4
  const P256SigningKey key(SecretBytes(std::string(32, 's')));
  for (int i = 0; i < 64; ++i) {  // an R or S with leading zeros among them: each half keeps its 32 bytes
    const auto message = "message " + std::to_string(i);
    auto signature = key.sign(as_bytes(message));
    EXPECT_TRUE(verifies(key, message, signature));
    EXPECT_FALSE(verifies(key, message + '.', signature));
    signature[40] ^= std::byte{1};
    EXPECT_FALSE(verifies(key, message, signature));
  }
}

TEST(P256SigningKeyTest, ASeedIsOneKey) {
  const P256SigningKey once(SecretBytes(std::string(32, 's')));
  const P256SigningKey again(SecretBytes(std::string(32, 's')));
  const P256SigningKey other(SecretBytes(std::string(32, 't')));
  EXPECT_EQ(once.x(), again.x());
  EXPECT_NE(once.x(), other.x());
  EXPECT_THROW(P256SigningKey(SecretBytes(31)), std::invalid_argument);
}

}  // namespace
}  // namespace secureauth::crypto
