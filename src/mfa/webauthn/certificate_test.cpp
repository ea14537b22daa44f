#include "mfa/webauthn/certificate.hpp"

#include "crypto/digest.hpp"
#include "mfa/webauthn/certificate_fields.hpp"
#include "mfa/webauthn/certificate_fixture.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

namespace secureauth::webauthn {
namespace {

constexpr const char* kAnyExtension = "1.2.840.113635.100.8.2";

std::string_view unfitness_of(const CertificateSpec& spec, const Issued* by = nullptr) {
  return unfitness(issue(spec, by).certificate).value_or("");
}

/// An RSA key that nobody has the private part of: any odd number serves.
SharedKey rsa_public_key(int bits, const char* exponent = "10001") {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> modulus(BN_new(), &BN_free);
  BN_rand(modulus.get(), bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
  BIGNUM* read = nullptr;
  BN_hex2bn(&read, exponent);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> e(read, &BN_free);
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(OSSL_PARAM_BLD_new(),
                                                                                &OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(OSSL_PARAM_BLD_to_param(builder.get()),
                                                                           &OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  return {key, &EVP_PKEY_free};
}

TEST(Certificate, IsOneAndNothingMore) {
  const auto one = issue(CertificateSpec{}).certificate.der();
  EXPECT_TRUE(Certificate::parse(one));
  auto longer = one;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(Certificate::parse(longer));
  EXPECT_FALSE(Certificate::parse(std::span(one).first(one.size() - 1)));
  EXPECT_FALSE(Certificate::parse({}));
}

// SECURITY.md Part 3, attack 38
TEST(Certificate, IsEightKibibytesAtMost) {
  const auto with_comment = [](std::size_t size) {
    CertificateSpec spec;
    return issue(spec.with("nsComment", std::string(size, 'x'))).certificate;
  };
  EXPECT_NO_THROW(with_comment(7000));
  EXPECT_ANY_THROW(with_comment(8192));
}

TEST(Certificate, ComesBackFromItsEncoding) {
  const auto issued = issue(CertificateSpec{}).certificate;
  EXPECT_EQ(Certificate::parse(issued.der()).value().der(), issued.der());
}

TEST(Certificate, AreReadFromPem) {
  const auto a = issue(authority("A")).certificate;
  const auto b = issue(authority("B")).certificate;
  const auto both = Certificate::parse_pem("A note\n" + pem_of(a) + "\n" + pem_of(b));
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].der(), a.der());
  EXPECT_EQ(both[1].der(), b.der());
  EXPECT_TRUE(Certificate::parse_pem("").empty());
  EXPECT_TRUE(Certificate::parse_pem("no certificate").empty());
  EXPECT_TRUE(
      Certificate::parse_pem(pem_of(a) + "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n").empty());
}

// ASVS 11.4.1
TEST(Certificate, SignedOverSha1IsUnfit) {
  EXPECT_EQ(unfitness_of({.digest = EVP_get_digestbyname("SHA1")}), "is signed with a weak or unknown algorithm");
  EXPECT_EQ(unfitness_of({.digest = EVP_sha384()}), "");
}

// SECURITY.md Part 3, attack 38
TEST(Certificate, WithAKeyOfAnotherKindOrSizeIsUnfit) {
  const auto root = issue(authority("Root"));
  constexpr std::string_view kRefused = "has a key of a kind or size that is not accepted";
  for (const int bits : {2048, 4096}) EXPECT_EQ(unfitness_of({.key = rsa_public_key(bits)}, &root), "") << bits;
  for (const int bits : {1024, 2047, 4097, 8192}) {
    EXPECT_EQ(unfitness_of({.key = rsa_public_key(bits)}, &root), kRefused) << bits;
  }
  for (const auto* curve : {"P-256", "P-384", "P-521"}) EXPECT_EQ(unfitness_of({.key = ec_key(curve)}, &root), "");
  for (const auto* curve : {"P-224", "secp256k1"}) EXPECT_EQ(unfitness_of({.key = ec_key(curve)}, &root), kRefused);
  for (const auto* kind : {"ED25519", "ED448"}) {
    const SharedKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, kind), &EVP_PKEY_free);
    EXPECT_EQ(unfitness_of({.key = key}, &root), "") << kind;
  }
}

// SECURITY.md Part 3, attack 38: what verifying costs grows with the exponent
TEST(Certificate, WithAnRsaExponentThatNobodyHasIsUnfit) {
  const auto root = issue(authority("Root"));
  for (const auto* exponent : {"3", "10001", "FFFFFFFFFFFFFFFF"}) {
    EXPECT_EQ(unfitness_of({.key = rsa_public_key(3072, exponent)}, &root), "") << exponent;
  }
  const std::string as_long_as_the_modulus(768, '7');
  for (const auto& exponent :
       {std::string("1"), std::string("10000"), std::string("10000000000000001"), as_long_as_the_modulus}) {
    EXPECT_EQ(unfitness_of({.key = rsa_public_key(3072, exponent.c_str())}, &root),
              "has a key of a kind or size that is not accepted")
        << exponent;
  }
}

TEST(Certificate, WithParametersOfItsCurveWrittenOutIsUnfit) {
  const auto root = issue(authority("Root"));
  const auto key = ec_key();
  EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT);
  EXPECT_EQ(unfitness_of({.key = key}, &root), "has a key of a kind or size that is not accepted");
}

TEST(Certificate, WithAnExtensionTwiceIsUnfit) {
  CertificateSpec twice;
  twice.with(kAnyExtension, "DER:0500").with(kAnyExtension, "DER:0500");
  EXPECT_EQ(unfitness_of(twice), "has an extension twice, or too many");
}

// SECURITY.md Part 3, attack 38: looking for one that comes twice costs the square of their number
TEST(Certificate, WithExtensionsByTheDozenIsUnfit) {
  CertificateSpec many;
  for (int i = 1; i < 32; ++i) many.with("1.2.3." + std::to_string(i), "DER:0500");
  EXPECT_EQ(unfitness_of(many), "");
  many.with("1.2.3.32", "DER:0500");
  EXPECT_EQ(unfitness_of(many), "has an extension twice, or too many");
}

// A connection of the same thread looks at the list of errors, too
TEST(Certificate, LeaveNoErrorAndTakeNone) {
  const auto good = issue(CertificateSpec{}).certificate;
  CertificateSpec broken;
  broken.without("basicConstraints").with("basicConstraints", "critical,DER:0500");
  const auto bad = issue(broken).certificate;
  ERR_clear_error();
  constexpr int kReason = 7;
  ERR_raise(ERR_LIB_USER, kReason);
  EXPECT_FALSE(Certificate::parse(crypto::as_bytes("nothing")));
  EXPECT_TRUE(Certificate::parse_pem("nothing").empty());
  EXPECT_TRUE(unfitness(bad));
  EXPECT_FALSE(is_marked_as_leaf(bad));
  EXPECT_EQ(subject_text(good, NID_commonName), "Model");
  EXPECT_EQ(ERR_GET_REASON(ERR_get_error()), kReason);
  EXPECT_EQ(ERR_get_error(), 0U);
}

TEST(Certificate, WithAnExtensionThatCannotBeReadIsUnfit) {
  CertificateSpec broken;
  broken.without("basicConstraints").with("basicConstraints", "critical,DER:0500");
  EXPECT_EQ(unfitness_of(broken), "has an extension that cannot be read");
}

}  // namespace
}  // namespace secureauth::webauthn
