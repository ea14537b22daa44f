#include "mfa/webauthn/attestation_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::webauthn {
namespace {

using written::bytes;
using written::integer;

class PackedTest : public testing::Test {
 protected:
  /// A statement signed by a certificate made by this specification.
  StatementSpec certified(const CertificateSpec& spec = {}) {
    const auto leaf = issue(spec, &root_);
    return StatementSpec{}
        .set("alg", integer(-7))
        .set("sig", bytes(sign(leaf.key, credential_.signed_data())))
        .set("x5c", x5c({leaf.certificate}));
  }
  StatementSpec by_itself() {
    return StatementSpec{}
        .set("alg", integer(-7))
        .set("sig", bytes(sign(credential_.key(), credential_.signed_data())));
  }
  std::string refused(const StatementSpec& statement) { return refusal("packed", statement.cbor(), credential_); }
  std::string refused(const CertificateSpec& spec) { return refused(certified(spec)); }

  FreshCredential credential_;
  Issued root_ = issue(authority("Root"));
};

Bytes flipped(Bytes value) {
  value.back() ^= std::byte{1};
  return value;
}

TEST_F(PackedTest, HoldsByACertificate) {
  const auto leaf = issue(CertificateSpec{}.with(kAaguidExtension, aaguid_value(FreshCredential::aaguid())), &root_);
  const auto statement = StatementSpec{}
                             .set("alg", integer(-7))
                             .set("sig", bytes(sign(leaf.key, credential_.signed_data())))
                             .set("x5c", x5c({leaf.certificate, root_.certificate}));
  const auto verdict = verify_statement("packed", statement.cbor(), credential_.subject());
  ASSERT_TRUE(verdict) << verdict.error().detail;
  EXPECT_EQ(verdict->type, AttestationType::certified);
  EXPECT_EQ(verdict->format, "packed");
  ASSERT_EQ(verdict->path.size(), 2U);
  EXPECT_EQ(verdict->path.front().der(), leaf.certificate.der());
}

// WA §8.2, self attestation
TEST_F(PackedTest, HoldsByTheCredentialItself) {
  const auto verdict = verify_statement("packed", by_itself().cbor(), credential_.subject());
  ASSERT_TRUE(verdict) << verdict.error().detail;
  EXPECT_EQ(verdict->type, AttestationType::self);
  EXPECT_TRUE(verdict->path.empty());
}

// WA §7.1 step 22 (packed self)
TEST_F(PackedTest, SelfAttestationIsByTheCredentialKeyAndItsAlgorithm) {
  EXPECT_EQ(refused(by_itself().set("alg", integer(-257))), "alg is not the credential key's");
  const auto other = sign(ec_key(), credential_.signed_data());
  EXPECT_EQ(refused(by_itself().set("sig", bytes(other))), "the signature is not by the credential key");
  const auto changed = sign(credential_.key(), flipped(credential_.signed_data()));
  EXPECT_EQ(refused(by_itself().set("sig", bytes(changed))), "the signature is not by the credential key");
}

// WA §7.1 step 22 (packed x5c)
TEST_F(PackedTest, SignatureIsByTheFirstCertificate) {
  const auto statement = certified();
  EXPECT_EQ(refused(statement), "");
  const auto other = sign(ec_key(), credential_.signed_data());
  EXPECT_EQ(refused(StatementSpec(statement).set("sig", bytes(other))),
            "the signature is not by the attestation certificate");
  EXPECT_EQ(refused(StatementSpec(statement).set("alg", integer(-35))),
            "the signature is not by the attestation certificate");
  EXPECT_EQ(refused(StatementSpec(statement).set("x5c", x5c({root_.certificate}))),
            "the signature is not by the attestation certificate");
}

// WA §8.2.1
TEST_F(PackedTest, CertificateIsOfVersion3) {
  EXPECT_EQ(refused({.extensions = {}, .version = X509_VERSION_1}), "the attestation certificate is not of version 3");
}

// WA §8.2.1
TEST_F(PackedTest, CertificateNamesCountryOrganisationUnitAndModel) {
  const auto with = [](const std::string& field, const std::string& value) {
    CertificateSpec spec;
    std::ranges::find(spec.subject, field, &Names::value_type::first)->second = value;
    return spec;
  };
  const auto without = [](std::string_view field) { return CertificateSpec{}.without(field); };
  EXPECT_EQ(refused(without("C")), "the attestation certificate names no country");
  EXPECT_EQ(refused(without("O")), "the attestation certificate names no organisation");
  EXPECT_EQ(refused(without("CN")), "the attestation certificate has no common name");
  const std::string unit = "the attestation certificate has another unit than \"Authenticator Attestation\"";
  EXPECT_EQ(refused(without("OU")), unit);
  EXPECT_EQ(refused(with("OU", "Authenticator attestation")), unit);
  CertificateSpec twice;
  twice.subject.emplace_back("OU", "Authenticator Attestation");
  EXPECT_EQ(refused(twice), unit);
}

// WA §8.2.1
TEST_F(PackedTest, CertificateIssuesNone) {
  const std::string marked = "the attestation certificate is not marked as one that issues none";
  EXPECT_EQ(refused(CertificateSpec{.extensions = {{"basicConstraints", "critical,CA:TRUE"}}}), marked);
  EXPECT_EQ(refused(CertificateSpec{.extensions = {}}), marked);
}

// WA §8.2.1
TEST_F(PackedTest, AaguidExtensionIsTheAuthenticators) {
  const auto with = [](const std::string& value) { return CertificateSpec{}.with(kAaguidExtension, value); };
  const auto aaguid = FreshCredential::aaguid();
  EXPECT_EQ(refused(with(aaguid_value(aaguid))), "");
  auto other = aaguid;
  other[0] ^= std::byte{1};
  EXPECT_EQ(refused(with(aaguid_value(other))), "the attestation certificate is of a model with another AAGUID");
  EXPECT_EQ(refused(with("critical," + aaguid_value(aaguid))),
            "the attestation certificate has a critical AAGUID extension");
  const std::string unwrapped = "the attestation certificate has an AAGUID extension that is no octet string";
  EXPECT_EQ(refused(with(as_der(aaguid))), unwrapped);
  EXPECT_EQ(refused(with(aaguid_value(aaguid) + "00")), unwrapped);
}

// SECURITY.md Part 3, attack 38
TEST_F(PackedTest, PathIsBounded) {
  const auto leaf = issue({}, &root_);
  const auto path_of = [&](std::size_t size) {
    std::vector<Certificate> path(size, root_.certificate);
    path.front() = leaf.certificate;
    return StatementSpec{}
        .set("alg", integer(-7))
        .set("sig", bytes(sign(leaf.key, credential_.signed_data())))
        .set("x5c", x5c(path));
  };
  EXPECT_EQ(refused(path_of(8)), "");
  EXPECT_EQ(refused(path_of(9)), "x5c has 9 certificates");
  EXPECT_EQ(refused(path_of(100)), "x5c has 100 certificates");
}

// ASVS 11.4.1
TEST_F(PackedTest, EveryCertificateIsFit) {
  const auto weak = issue({.digest = EVP_get_digestbyname("SHA1")}, &root_);
  auto statement = certified();
  const auto leaf = issue({}, &root_);
  statement.set("sig", bytes(sign(leaf.key, credential_.signed_data())));
  EXPECT_EQ(refused(statement.set("x5c", x5c({leaf.certificate, weak.certificate}))),
            "certificate 1 of x5c is signed with a weak or unknown algorithm");
}

// WA §7.1 step 22: the statement conforms to the format's syntax
TEST_F(PackedTest, SyntaxIsExact) {
  EXPECT_EQ(refused(by_itself().drop("alg")), "the statement has no alg");
  EXPECT_EQ(refused(by_itself().drop("sig")), "the statement has no sig");
  EXPECT_EQ(refused(by_itself().set("ver", written::text("2.0"))),
            "the statement has a member that its format does not know");
  EXPECT_EQ(refused(by_itself().set("alg", written::text("ES256"))), "alg is not an integer");
  EXPECT_EQ(refused(by_itself().set("alg", integer(-65535))), "alg -65535 is not accepted");  // RS1
  EXPECT_EQ(refused(by_itself().set("sig", written::text("signed"))), "sig is not a byte string with something in it");
  EXPECT_EQ(refused(by_itself().set("sig", bytes({}))), "sig is not a byte string with something in it");
  EXPECT_EQ(refused(by_itself().set("x5c", written::array({}))), "x5c is not an array with something in it");
  EXPECT_EQ(refused(by_itself().set("x5c", bytes(root_.certificate.der()))),
            "x5c is not an array with something in it");
  EXPECT_EQ(refused(by_itself().set("x5c", written::array({integer(1)}))),
            "certificate 0 of x5c is not one X.509 certificate in DER");
  EXPECT_EQ(refusal("packed", written::array({}), credential_), "the statement is not a map");
}

// WA §7.1 step 22 (none)
TEST(NoneTest, IsAnEmptyMap) {
  const FreshCredential credential;
  const auto verdict = verify_statement("none", StatementSpec{}.cbor(), credential.subject());
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->type, AttestationType::none);
  EXPECT_EQ(refusal("none", StatementSpec{}.set("alg", integer(-7)).cbor(), credential),
            "the statement has a member that its format does not know");
  EXPECT_EQ(refusal("none", written::array({}), credential), "the statement is not a map");
}

}  // namespace
}  // namespace secureauth::webauthn
