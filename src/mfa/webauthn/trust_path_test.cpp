#include "mfa/webauthn/trust_path.hpp"

#include "mfa/webauthn/certificate_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::webauthn {
namespace {

Timestamp at(const char* time) {
  return from_rfc3339(time);
}

class TrustPathTest : public testing::Test {
 protected:
  /// Empty when the path leads to the root.
  std::string fault(const std::vector<Certificate>& path) { return fault(path, {root_.certificate}); }
  static std::string fault(const std::vector<Certificate>& path, const std::vector<Certificate>& anchors,
                           Timestamp now = at("2026-06-01T00:00:00Z"), const std::string& host = {}) {
    const auto chain = verified_chain(path, anchors, now, host);
    return chain ? std::string() : chain.error();
  }
  static bool says(const std::string& fault, std::string_view words) { return fault.find(words) != std::string::npos; }

  Issued root_ = issue(authority("Root"));
  Issued intermediate_ = issue(authority("Intermediate"), &root_);
  Issued leaf_ = issue({}, &intermediate_);
};

// The chain that vouches, without what was only sent along
TEST_F(TrustPathTest, SaysWhichCertificatesVouch) {
  const auto other = issue(authority("Other"), &root_);
  const auto chain = verified_chain(std::vector{leaf_.certificate, other.certificate, intermediate_.certificate},
                                    std::vector{root_.certificate}, at("2026-06-01T00:00:00Z"));
  ASSERT_TRUE(chain);
  ASSERT_EQ(chain->size(), 3U);
  EXPECT_EQ((*chain)[0].der(), leaf_.certificate.der());
  EXPECT_EQ((*chain)[1].der(), intermediate_.certificate.der());
  EXPECT_EQ((*chain)[2].der(), root_.certificate.der());
}

TEST_F(TrustPathTest, LeadsToARoot) {
  EXPECT_EQ(fault({leaf_.certificate, intermediate_.certificate}), "");
  EXPECT_EQ(fault({leaf_.certificate, intermediate_.certificate, root_.certificate}), "");
  EXPECT_EQ(fault({issue({}, &root_).certificate}), "");
}

// WA §7.1 step 24: the attestation certificate, or an authority below a root, may itself be an acceptable one
TEST_F(TrustPathTest, LeadsToAnIntermediateOrTheCertificateItself) {
  EXPECT_EQ(fault({leaf_.certificate}, {intermediate_.certificate}), "");
  EXPECT_EQ(fault({leaf_.certificate}, {leaf_.certificate}), "");
  const auto twin = issue({.key = leaf_.key}, &intermediate_);  // the same key, not the same certificate
  EXPECT_NE(fault({twin.certificate}, {leaf_.certificate}), "");
}

// WA §7.1 step 24: foreign root
TEST_F(TrustPathTest, ForeignRootsDoNotCount) {
  const auto other = issue(authority("Other root"));
  EXPECT_NE(fault({leaf_.certificate, intermediate_.certificate}, {other.certificate}), "");
  const auto twin = issue(authority("Root"));  // of the same name
  EXPECT_NE(fault({leaf_.certificate, intermediate_.certificate}, {twin.certificate}), "");
}

// WA §7.1 step 23: a root that comes with the response vouches for nobody
TEST_F(TrustPathTest, RootThatIsSentDoesNotCount) {
  const auto other = issue(authority("Other root"));
  const auto fault_of_sent =
      fault({leaf_.certificate, intermediate_.certificate, root_.certificate}, {other.certificate});
  EXPECT_TRUE(says(fault_of_sent, "self-signed certificate in certificate chain")) << fault_of_sent;
}

// WA §7.1 step 24: missing intermediate
TEST_F(TrustPathTest, EveryLinkIsThere) {
  EXPECT_TRUE(says(fault({leaf_.certificate}), "unable to get local issuer certificate"));
  EXPECT_EQ(fault({}), "there is no certificate");
  EXPECT_EQ(fault({leaf_.certificate}, {}), "there is no root to lead to");
}

// WA §7.1 step 24: each link valid now
TEST_F(TrustPathTest, EveryLinkIsValidNow) {
  auto short_lived = authority("Short-lived");
  short_lived.not_after = "20250101000000Z";
  const auto expired = issue(short_lived, &root_);
  const auto below = issue({}, &expired);
  EXPECT_TRUE(says(fault({below.certificate, expired.certificate}), "certificate has expired"));
  EXPECT_EQ(fault({below.certificate, expired.certificate}, {root_.certificate}, at("2024-12-31T00:00:00Z")), "");

  const auto late = issue({.not_before = "20270101000000Z"}, &root_);
  EXPECT_TRUE(says(fault({late.certificate}), "certificate is not yet valid"));

  short_lived.subject = {{"CN", "Expired root"}};
  const auto expired_root = issue(short_lived);
  EXPECT_TRUE(says(fault({issue({}, &expired_root).certificate}, {expired_root.certificate}), "has expired"));
}

// WA §7.1 step 24: leaf used as authority
TEST_F(TrustPathTest, OnlyAuthoritiesIssue) {
  const auto forged = issue({}, &leaf_);
  EXPECT_NE(fault({forged.certificate, leaf_.certificate, intermediate_.certificate}), "");
  const auto unmarked = issue({.subject = {{"CN", "Unmarked"}}, .extensions = {}}, &root_);
  EXPECT_NE(fault({issue({}, &unmarked).certificate, unmarked.certificate}), "");
  auto encipherer = authority("Encipherer");
  const auto unusable = issue(encipherer.with("keyUsage", "critical,keyEncipherment"), &root_);
  EXPECT_NE(fault({issue({}, &unusable).certificate, unusable.certificate}), "");
}

// WA §7.1 step 24: path length
TEST_F(TrustPathTest, PathLengthHolds) {
  const auto short_root = issue(authority("Short root", "critical,CA:TRUE,pathlen:0"));
  const auto below = issue(authority("Below"), &short_root);
  const auto leaf = issue({}, &below);
  EXPECT_TRUE(says(fault({leaf.certificate, below.certificate}, {short_root.certificate}), "path length"));
  EXPECT_EQ(fault({issue({}, &short_root).certificate}, {short_root.certificate}), "");
}

TEST_F(TrustPathTest, NameConstraintsHold) {
  auto constrained = authority("Constrained");
  const auto only = issue(constrained.with("nameConstraints", "critical,permitted;DNS:example.org"), &root_);
  const auto leaf = issue(CertificateSpec{}.with("subjectAltName", "DNS:example.com"), &only);
  EXPECT_TRUE(says(fault({leaf.certificate, only.certificate}), "permitted subtree violation"));
}

// SECURITY.md Part 3, attack 38
TEST_F(TrustPathTest, NameConstraintsByTheHundredAreJudged) {
  std::string constraints = "critical";
  std::string names;
  for (int i = 0; i < 250; ++i) {
    constraints += ",excluded;DNS:a" + std::to_string(i);
    names += (i == 0 ? "DNS:b" : ",DNS:b") + std::to_string(i);
  }
  auto spec = authority("Constrained");
  auto above = issue(spec.with("nameConstraints", constraints), &root_);
  const auto leaf = issue(CertificateSpec{}.with("subjectAltName", names), &above);
  EXPECT_EQ(fault({leaf.certificate, above.certificate}), "");
}

// SECURITY.md Part 3, attack 38: authorities that vouch for each other in a circle
TEST_F(TrustPathTest, CirclesEnd) {
  auto a_spec = authority("A");
  auto b_spec = authority("B");
  a_spec.key = ec_key();
  b_spec.key = ec_key();
  const auto a = issue(a_spec);
  const auto b = issue(b_spec);
  const auto a_by_b = issue(a_spec, &b);
  const auto b_by_a = issue(b_spec, &a);
  const auto leaf = issue({}, &a);
  EXPECT_NE(fault({leaf.certificate, a_by_b.certificate, b_by_a.certificate, a_by_b.certificate}), "");
}

TEST_F(TrustPathTest, ChainIsShort) {
  std::vector<Issued> authorities{issue(authority("Root of many"))};
  const auto fault_below = [&](int depth) {
    std::vector<Issued> chain = authorities;
    for (int i = 0; i < depth; ++i) chain.push_back(issue(authority("Authority " + std::to_string(i)), &chain.back()));
    std::vector<Certificate> path{issue({}, &chain.back()).certificate};
    for (std::size_t i = chain.size() - 1; i > 0; --i) path.push_back(chain[i].certificate);
    return fault(path, {chain.front().certificate});
  };
  EXPECT_EQ(fault_below(6), "");
  EXPECT_NE(fault_below(7), "");
}

// ASVS 11.4.1
TEST_F(TrustPathTest, NothingIsSignedOverSha1) {
  const auto weak = issue({.digest = EVP_get_digestbyname("SHA1")}, &root_);
  EXPECT_TRUE(says(fault({weak.certificate}), "too weak"));
}

// ASVS 11.2.3: 112 bits of security in every key
TEST_F(TrustPathTest, NoKeyIsWeak) {
  auto spec = authority("Weak root");
  spec.key = {EVP_RSA_gen(1024), &EVP_PKEY_free};
  const auto weak = issue(spec);
  EXPECT_TRUE(says(fault({issue({}, &weak).certificate}, {weak.certificate}), "too"));
  spec.key = {EVP_RSA_gen(2048), &EVP_PKEY_free};
  const auto strong = issue(spec);
  EXPECT_EQ(fault({issue({}, &strong).certificate}, {strong.certificate}), "");
}

TEST_F(TrustPathTest, UnknownCriticalExtensionsAreRefused) {
  const auto odd = issue(CertificateSpec{}.with("1.2.3.4", "critical,DER:0500"), &root_);
  EXPECT_TRUE(says(fault({odd.certificate}), "unhandled critical extension"));
}

// RFC 9525 §6.3: a wildcard is a whole label
TEST_F(TrustPathTest, HostIsNotHalfAWildcard) {
  const auto now = at("2026-06-01T00:00:00Z");
  const auto fault_of = [&](const std::string& name) {
    const auto named = issue(CertificateSpec{}.with("subjectAltName", "DNS:" + name), &root_);
    return fault({named.certificate}, {root_.certificate}, now, "mds.host.example");
  };
  EXPECT_EQ(fault_of("*.host.example"), "");
  EXPECT_NE(fault_of("m*.host.example"), "");
}

TEST_F(TrustPathTest, HostIsTheCertificates) {
  const auto named = issue(CertificateSpec{}.with("subjectAltName", "DNS:mds.example"), &root_);
  const auto now = at("2026-06-01T00:00:00Z");
  EXPECT_EQ(fault({named.certificate}, {root_.certificate}, now, "mds.example"), "");
  EXPECT_TRUE(says(fault({named.certificate}, {root_.certificate}, now, "other.example"), "hostname mismatch"));
  EXPECT_NE(fault({leaf_.certificate, intermediate_.certificate}, {root_.certificate}, now, "mds.example"), "");
}

// RFC 5280 §4.2.1.12: an authority for mail vouches for no host
TEST_F(TrustPathTest, HostIsVouchedForByAnAuthorityForHosts) {
  const auto below = [this](const std::string& use) {
    auto spec = authority("For something");
    const auto above = issue(spec.with("extendedKeyUsage", use), &root_);
    const auto named = issue(CertificateSpec{}.with("subjectAltName", "DNS:mds.example"), &above);
    return fault({named.certificate, above.certificate}, {root_.certificate}, at("2026-06-01T00:00:00Z"),
                 "mds.example");
  };
  EXPECT_EQ(below("serverAuth"), "");
  EXPECT_TRUE(says(below("emailProtection"), "purpose")) << below("emailProtection");
}

}  // namespace
}  // namespace secureauth::webauthn
