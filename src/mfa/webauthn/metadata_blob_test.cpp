#include "mfa/webauthn/metadata_blob.hpp"

#include "mfa/webauthn/metadata_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::webauthn {
namespace {

namespace bj = boost::json;

class MetadataBlobTest : public testing::Test {
 protected:
  /// Empty when it is to be believed.
  std::string fault(const std::string& jws, Timestamp now = from_rfc3339("2026-06-01T00:00:00Z")) {
    const auto blob = MetadataBlob::parse(jws);
    if (!blob) return blob.error();
    return blob->signature_fault(std::vector{service_.root.certificate}, now).value_or("");
  }
  static bool leads_nowhere(const std::string& fault, std::string_view why) {
    return fault.starts_with("the signing certificate leads to no root: ") && fault.find(why) != std::string::npos;
  }
  std::string signed_with(const CertificateSpec& spec, const Issued* by) {
    service_.signer = issue(spec, by);
    return service_.blob(payload_);
  }

  MetadataService service_;
  bj::object payload_ = metadata_payload(7);
};

TEST_F(MetadataBlobTest, IsBelievedWhenSignedBelowTheRoot) {
  const auto jws = service_.blob(payload_);
  EXPECT_EQ(fault(jws), "");
  EXPECT_EQ(valid(MetadataBlob::parse(jws)).payload(), payload_);
}

TEST_F(MetadataBlobTest, IntermediatesComeWithIt) {
  const auto intermediate = issue(authority("Intermediate"), &service_.root);
  service_.signer = issue({}, &intermediate);
  EXPECT_TRUE(leads_nowhere(fault(service_.blob(payload_)), "local issuer"));
  auto header = service_.header();
  header["x5c"].get_array().emplace_back(crypto::base64_encode(intermediate.certificate.der()));
  EXPECT_EQ(fault(service_.blob(header, payload_)), "");
}

// ASVS 9.1.1
TEST_F(MetadataBlobTest, SignatureIsOverHeaderAndPayload) {
  const auto jws = service_.blob(payload_);
  const auto other = service_.blob(metadata_payload(8));
  const auto end = [](const std::string& text) { return text.rfind('.'); };
  EXPECT_EQ(fault(jws.substr(0, end(jws)) + other.substr(end(other))), "the signature is wrong");
  auto header = service_.header();
  header["kid"] = "another";
  const auto with_kid = service_.blob(header, payload_);
  EXPECT_EQ(fault(with_kid.substr(0, with_kid.find('.')) + jws.substr(jws.find('.'))), "the signature is wrong");
  service_.signer.key = ec_key();
  EXPECT_EQ(fault(service_.blob(payload_)), "the signature is wrong");
}

// ASVS 9.1.2: alg none, HS256 and others
TEST_F(MetadataBlobTest, AlgorithmIsOnAList) {
  for (const auto* algorithm : {"none", "None", "HS256", "RS1", "ES256K", ""}) {
    EXPECT_EQ(fault(service_.blob(service_.header(algorithm), payload_)),
              "it is not signed with an algorithm that is accepted")
        << algorithm;
  }
  auto header = service_.header();
  header["alg"] = 7;
  EXPECT_EQ(fault(service_.blob(header, payload_)), "it is not signed with an algorithm that is accepted");
  header.erase("alg");
  EXPECT_EQ(fault(service_.blob(header, payload_)), "it is not signed with an algorithm that is accepted");
}

// ASVS 9.1.2: the algorithm is the key's
TEST_F(MetadataBlobTest, AlgorithmFitsTheKey) {
  for (const auto* algorithm : {"RS256", "PS256", "ES384", "ES512", "EdDSA"}) {
    EXPECT_EQ(fault(service_.blob(service_.header(algorithm), payload_)), "the signature is wrong") << algorithm;
  }
}

TEST_F(MetadataBlobTest, MayBeSignedWithRsa) {
  service_.signer = issue({.key = rsa_key()}, &service_.root);
  const auto input = base64url(bj::serialize(service_.header("RS256"))) + "." + base64url(bj::serialize(payload_));
  EXPECT_EQ(fault(input + "." + crypto::base64url_encode(sign(service_.signer.key, crypto::as_bytes(input)))), "");
}

TEST_F(MetadataBlobTest, IsWhole) {
  const auto jws = service_.blob(payload_);
  const std::string torn = "one of its parts is not base64url, or not a JSON object";
  EXPECT_EQ(fault(""), "it is not three parts with dots between them");
  EXPECT_EQ(fault(jws.substr(0, jws.rfind('.'))), "it is not three parts with dots between them");
  EXPECT_EQ(fault(jws + ".more"), torn);
  EXPECT_NE(fault(jws.substr(0, jws.size() - 4)), "") << "a signature that is cut off";
  EXPECT_EQ(fault(jws.substr(0, jws.find('.')) + jws.substr(jws.rfind('.'))),
            "it is not three parts with dots between them");
  EXPECT_EQ(fault(base64url("[]") + jws.substr(jws.find('.'))), torn);
  EXPECT_EQ(fault(base64url("{") + jws.substr(jws.find('.'))), torn);
}

// ASVS 9.1.3: keys come from the header only under the root that is configured
TEST_F(MetadataBlobTest, CertificatesAreThereAndFit) {
  const std::string unfit = "its x5c is not a chain of certificates that are fit to sign";
  auto header = service_.header();
  header.erase("x5c");
  header["x5u"] = "https://mds.example/chain";
  EXPECT_EQ(fault(service_.blob(header, payload_)), unfit);
  header["x5c"] = bj::array{};
  EXPECT_EQ(fault(service_.blob(header, payload_)), unfit);
  header["x5c"] = bj::array{"AAAA"};
  EXPECT_EQ(fault(service_.blob(header, payload_)), unfit);
  header["x5c"] = bj::array(9, bj::value(crypto::base64_encode(service_.signer.certificate.der())));
  EXPECT_EQ(fault(service_.blob(header, payload_)), unfit);
  EXPECT_EQ(fault(signed_with({.digest = EVP_get_digestbyname("SHA1")}, &service_.root)), unfit);
}

// RFC 7515 §4.1.11
TEST_F(MetadataBlobTest, DemandsThatAreNotUnderstoodAreRefused) {
  auto header = service_.header();
  header["crit"] = bj::array{"exp"};
  EXPECT_EQ(fault(service_.blob(header, payload_)), "its header has an extension that is not understood");
}

TEST_F(MetadataBlobTest, ChainIsValidNow) {
  const auto jws = signed_with({.not_after = "20260501000000Z"}, &service_.root);
  EXPECT_TRUE(leads_nowhere(fault(jws), "expired"));
  EXPECT_EQ(fault(jws, from_rfc3339("2026-04-01T00:00:00Z")), "");
}

TEST_F(MetadataBlobTest, RootIsTheConfiguredOne) {
  const auto foreign = issue(authority("Foreign"));
  EXPECT_TRUE(leads_nowhere(fault(signed_with({}, &foreign)), "local issuer"));
  auto header = service_.header();
  header["x5c"].get_array().emplace_back(crypto::base64_encode(foreign.certificate.der()));
  EXPECT_TRUE(leads_nowhere(fault(service_.blob(header, payload_)), "self-signed"));
}

// A web authority certifies everybody: only the publisher's certificate will do.
TEST_F(MetadataBlobTest, WebCertificateIsThePublishers) {
  const auto web = [](const std::string& host, const std::string& use = "serverAuth,clientAuth") {
    return CertificateSpec{}.with("extendedKeyUsage", use).with("subjectAltName", "DNS:" + host);
  };
  EXPECT_EQ(fault(signed_with(web("mds.fidoalliance.org"), &service_.root)), "");
  EXPECT_TRUE(leads_nowhere(fault(signed_with(web("shop.example"), &service_.root)), "hostname mismatch"));
  EXPECT_TRUE(leads_nowhere(fault(signed_with(web("mds.fidoalliance.org.example"), &service_.root)), "hostname"));
  EXPECT_EQ(fault(signed_with(web("mds.fidoalliance.org", "emailProtection"), &service_.root)),
            "the signing certificate is for something else");
  auto mail = authority("For mail");
  const auto intermediate = issue(mail.with("extendedKeyUsage", "emailProtection"), &service_.root);
  service_.signer = issue(web("mds.fidoalliance.org"), &intermediate);
  auto header = service_.header();
  header["x5c"].get_array().emplace_back(crypto::base64_encode(intermediate.certificate.der()));
  EXPECT_TRUE(leads_nowhere(fault(service_.blob(header, payload_)), "purpose"));
}

}  // namespace
}  // namespace secureauth::webauthn
