#include "mfa/webauthn/attestation_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::webauthn {
namespace {

class FidoU2fTest : public testing::Test {
 protected:
  static Bytes verification_data(const FreshCredential& credential) {
    const auto& parsed = credential.parsed();
    const Bytes reserved{std::byte{0}};
    const Bytes uncompressed{std::byte{4}};
    return joined({reserved, parsed.rp_id_hash, credential.client_data_hash(), parsed.credential_id, uncompressed,
                   credential.cose().x(), credential.cose().y()});
  }
  StatementSpec signed_by(const Issued& leaf, const Bytes& data) {
    return StatementSpec{}.set("sig", written::bytes(sign(leaf.key, data))).set("x5c", x5c({leaf.certificate}));
  }
  std::string refused(const StatementSpec& statement) { return refusal("fido-u2f", statement.cbor(), credential_); }

  FreshCredential credential_;
  Issued root_ = issue(authority("Root"));
  Issued leaf_ = issue({}, &root_);
};

TEST_F(FidoU2fTest, HoldsByACertificate) {
  const auto statement = signed_by(leaf_, verification_data(credential_));
  const auto verdict = verify_statement("fido-u2f", statement.cbor(), credential_.subject());
  ASSERT_TRUE(verdict) << verdict.error().detail;
  EXPECT_EQ(verdict->type, AttestationType::certified);
  EXPECT_EQ(verdict->path.size(), 1U);
}

// WA §7.1 step 22 (fido-u2f)
TEST_F(FidoU2fTest, HasOneCertificate) {
  auto statement = signed_by(leaf_, verification_data(credential_));
  EXPECT_EQ(refused(statement.set("x5c", x5c({leaf_.certificate, root_.certificate}))),
            "x5c has more than one certificate");
}

// WA §7.1 step 22 (fido-u2f)
TEST_F(FidoU2fTest, CertificateIsOnP256) {
  const auto other = issue({.key = ec_key("P-384")}, &root_);
  EXPECT_EQ(refused(signed_by(other, verification_data(credential_))),
            "the attestation certificate's key is not on P-256");
}

// WA §7.1 step 22 (fido-u2f)
TEST_F(FidoU2fTest, CredentialIsOnP256) {
  const FreshCredential other(ec_key("P-384"));
  const auto statement = signed_by(leaf_, verification_data(other));
  EXPECT_EQ(refusal("fido-u2f", statement.cbor(), other), "the credential key is not on P-256");
}

// WA §7.1 step 22 (fido-u2f): every part is under the signature
TEST_F(FidoU2fTest, SignatureIsOverAllParts) {
  const auto right = verification_data(credential_);
  ASSERT_EQ(refused(signed_by(leaf_, right)), "");
  for (const std::size_t place : {0U, 1U, 33U, 65U, 78U, 79U, 111U}) {  // the first byte of each
    auto changed = right;
    changed[place] ^= std::byte{1};
    EXPECT_EQ(refused(signed_by(leaf_, changed)), "the signature is not by the attestation certificate") << place;
  }
  EXPECT_EQ(refused(signed_by({.certificate = leaf_.certificate, .key = ec_key()}, right)),
            "the signature is not by the attestation certificate");
}

TEST_F(FidoU2fTest, SyntaxIsExact) {
  const auto right = signed_by(leaf_, verification_data(credential_));
  EXPECT_EQ(refused(StatementSpec(right).set("alg", written::integer(-7))),
            "the statement has a member that its format does not know");
  EXPECT_EQ(refused(StatementSpec(right).drop("x5c")), "the statement has no x5c");
  EXPECT_EQ(refused(StatementSpec(right).drop("sig")), "the statement has no sig");
}

}  // namespace
}  // namespace secureauth::webauthn
