#include "mfa/webauthn/attestation_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::webauthn {
namespace {

constexpr unsigned kSequence = 0x30;
constexpr unsigned kOctetString = 0x04;
constexpr unsigned kTag1 = 0xA1;

class AppleTest : public testing::Test {
 protected:
  Bytes nonce() {
    const auto hash = crypto::sha256(credential_.signed_data());
    return {hash.begin(), hash.end()};
  }
  static std::string value_of(const Bytes& nonce) {
    return as_der(der(kSequence, der(kTag1, der(kOctetString, nonce))));
  }
  StatementSpec with_value(const std::string& value) {
    CertificateSpec spec{.key = credential_.key()};
    return StatementSpec{}.set("x5c", x5c({issue(spec.with(kNonce, value), &root_).certificate}));
  }
  std::string refused(const StatementSpec& statement) { return refusal("apple", statement.cbor(), credential_); }

  const std::string kNonce = "1.2.840.113635.100.8.2";
  FreshCredential credential_;
  Issued root_ = issue(authority("Root"));
};

constexpr const char* kNoNonce = "the attestation certificate does not hold this ceremony's nonce";

TEST_F(AppleTest, HoldsByACertificate) {
  const auto verdict = verify_statement("apple", with_value(value_of(nonce())).cbor(), credential_.subject());
  ASSERT_TRUE(verdict) << verdict.error().detail;
  EXPECT_EQ(verdict->type, AttestationType::certified);
}

// WA §7.1 step 22 (apple)
TEST_F(AppleTest, NonceIsTheHashOfWhatIsAttested) {
  auto other = nonce();
  other.front() ^= std::byte{1};
  EXPECT_EQ(refused(with_value(value_of(other))), kNoNonce);
  EXPECT_EQ(refused(with_value(value_of({}))), kNoNonce);
  EXPECT_EQ(refused(with_value(as_der(nonce()))), kNoNonce);                                     // bare
  EXPECT_EQ(refused(with_value(as_der(der(kSequence, der(kOctetString, nonce()))))), kNoNonce);  // without its tag
  EXPECT_EQ(refused(with_value(value_of(nonce()) + "00")), kNoNonce);                            // a byte left over
  const auto plain = issue({.key = credential_.key()}, &root_);
  EXPECT_EQ(refused(StatementSpec{}.set("x5c", x5c({plain.certificate}))), kNoNonce);
}

// WA §7.1 step 22 (apple)
TEST_F(AppleTest, CertificateIsOfTheCredentialKey) {
  const auto other = issue(CertificateSpec{}.with(kNonce, value_of(nonce())), &root_);
  EXPECT_EQ(refused(StatementSpec{}.set("x5c", x5c({other.certificate}))),
            "the attestation certificate is of another key");
}

TEST_F(AppleTest, MaySayItsAlgorithm) {
  auto statement = with_value(value_of(nonce()));
  EXPECT_EQ(refused(statement.set("alg", written::integer(-7))), "");
  EXPECT_EQ(refused(statement.set("alg", written::integer(-35))), "alg is not the credential key's");
}

TEST_F(AppleTest, SyntaxIsExact) {
  EXPECT_EQ(refused(StatementSpec{}), "the statement has no x5c");
  EXPECT_EQ(refused(with_value(value_of(nonce())).set("sig", written::bytes(nonce()))),
            "the statement has a member that its format does not know");
}

}  // namespace
}  // namespace secureauth::webauthn
