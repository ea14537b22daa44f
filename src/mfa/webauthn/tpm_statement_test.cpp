#include "mfa/webauthn/attestation_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::webauthn {
namespace {

Bytes u16(unsigned value) {
  return {std::byte(value >> 8U & 0xFFU), std::byte(value & 0xFFU)};
}
Bytes u32(std::uint32_t value) {
  return joined({u16(value >> 16U), u16(value & 0xFFFFU)});
}
Bytes sized(std::span<const std::byte> content) {
  return joined({u16(static_cast<unsigned>(content.size())), content});
}
Bytes digest(const EVP_MD* md, std::span<const std::byte> data) {
  Bytes hash(static_cast<std::size_t>(EVP_MD_get_size(md)));
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr, md, nullptr);
  return hash;
}

constexpr unsigned kRsa = 0x0001;
constexpr unsigned kSha1 = 0x0004;
constexpr unsigned kSha256 = 0x000B;
constexpr unsigned kSha384 = 0x000C;
constexpr unsigned kSha512 = 0x000D;
constexpr unsigned kNull = 0x0010;
constexpr unsigned kRsaSsa = 0x0014;
constexpr unsigned kRsaPss = 0x0016;
constexpr unsigned kEcdsa = 0x0018;
constexpr unsigned kEcc = 0x0023;

/// TPMT_PUBLIC of a key on P-256.
struct EccArea {
  unsigned type = kEcc;
  unsigned name_algorithm = kSha256;
  unsigned symmetric = kNull;
  Bytes scheme = u16(kNull);
  unsigned curve = 3;
  unsigned derivation = kNull;
  Bytes x{};
  Bytes y{};

  [[nodiscard]] Bytes bytes() const {
    return joined({u16(type), u16(name_algorithm), u32(0x00040000), sized({}), u16(symmetric), scheme, u16(curve),
                   u16(derivation), sized(x), sized(y)});
  }
};

/// TPMS_ATTEST
struct CertInfo {
  std::uint32_t magic = 0xFF544347;
  unsigned type = 0x8017;
  Bytes extra_data{};
  Bytes name{};
  Bytes rest{};

  [[nodiscard]] Bytes bytes() const {
    constexpr std::size_t kClockAndFirmware = 17 + 8;
    return joined(
        {u32(magic), u16(type), sized({}), sized(extra_data), Bytes(kClockAndFirmware), sized(name), sized({}), rest});
  }
};

/// A certificate for an attestation identity key: no subject, a TPM in the alternative name, behind others perhaps.
CertificateSpec aik(const std::vector<unsigned>& parts = {1, 2, 3}, const Bytes& others = {}) {
  constexpr unsigned kSequence = 0x30;
  constexpr unsigned kSet = 0x31;
  constexpr unsigned kOid = 0x06;
  constexpr unsigned kUtf8 = 0x0C;
  constexpr unsigned kDirectoryName = 0xA4;
  Bytes names;
  for (const unsigned last : parts) {  // 2.23.133.2.x
    const Bytes oid{std::byte{0x67}, std::byte{0x81}, std::byte{0x05}, std::byte{0x02}, std::byte(last)};
    const auto name = der(kSequence, joined({der(kOid, oid), der(kUtf8, crypto::as_bytes("id:00000000"))}));
    names = joined({names, der(kSet, name)});
  }
  const auto alternative = der(kSequence, joined({others, der(kDirectoryName, der(kSequence, names))}));
  return {.subject = {},
          .extensions = {{"basicConstraints", "critical,CA:FALSE"},
                         {"extendedKeyUsage", "2.23.133.8.3"},
                         {"subjectAltName", "critical," + as_der(alternative)}}};
}

class TpmTest : public testing::Test {
 protected:
  TpmTest() {
    const auto& key = credential_.cose();
    area_.x.assign(key.x().begin(), key.x().end());
    area_.y.assign(key.y().begin(), key.y().end());
  }

  static Bytes name_of(std::span<const std::byte> area) { return joined({u16(kSha256), digest(EVP_sha256(), area)}); }

  CertInfo info_for(const Bytes& area) {
    return {.extra_data = digest(EVP_sha256(), credential_.signed_data()), .name = name_of(area)};
  }
  StatementSpec statement(const Bytes& area, const Bytes& info, const CertificateSpec& spec = aik()) {
    const auto leaf = issue(spec, &root_);
    return StatementSpec{}
        .set("ver", written::text("2.0"))
        .set("alg", written::integer(-7))
        .set("sig", written::bytes(sign(leaf.key, info)))
        .set("x5c", x5c({leaf.certificate}))
        .set("certInfo", written::bytes(info))
        .set("pubArea", written::bytes(area));
  }
  StatementSpec right(const CertificateSpec& spec = aik()) {
    return statement(area_.bytes(), info_for(area_.bytes()).bytes(), spec);
  }
  std::string refused(const StatementSpec& spec) { return refusal("tpm", spec.cbor(), credential_); }
  std::string refused(const CertificateSpec& spec) { return refused(right(spec)); }
  /// With another public area, certified properly.
  std::string refused(const Bytes& area) { return refused(statement(area, info_for(area).bytes())); }
  std::string refused(const EccArea& area) { return refused(area.bytes()); }
  std::string refused(const CertInfo& info) { return refused(statement(area_.bytes(), info.bytes())); }

  FreshCredential credential_;
  EccArea area_;
  Issued root_ = issue(authority("Root"));
};

constexpr const char* kNoArea = "pubArea is not the whole public area of an RSA or ECC signing key";
constexpr const char* kOtherKey = "pubArea is of another key than the credential's";

TEST_F(TpmTest, HoldsByACertificate) {
  const auto verdict = verify_statement("tpm", right().cbor(), credential_.subject());
  ASSERT_TRUE(verdict) << verdict.error().detail;
  EXPECT_EQ(verdict->type, AttestationType::certified);
}

// WA §8.3: RSA keys, which Windows makes
TEST_F(TpmTest, HoldsForAnRsaKey) {
  const FreshCredential credential(rsa_key());
  const auto area_with = [&](unsigned bits, std::uint32_t exponent, Bytes modulus, unsigned scheme = kRsaSsa) {
    return joined({u16(kRsa), u16(kSha256), u32(0x00040000), sized({}), u16(kNull), u16(scheme), u16(kSha256),
                   u16(bits), u32(exponent), sized(modulus)});
  };
  const auto refused_for = [&](const Bytes& area) {
    const CertInfo info{.extra_data = digest(EVP_sha256(), credential.signed_data()), .name = name_of(area)};
    return refusal("tpm", statement(area, info.bytes()).cbor(), credential);
  };
  const auto modulus = parameter(credential.key(), OSSL_PKEY_PARAM_RSA_N, 256);
  auto other = modulus;
  other[100] ^= std::byte{1};
  EXPECT_EQ(refused_for(area_with(2048, 0, modulus)), "");
  EXPECT_EQ(refused_for(area_with(2048, 65537, modulus)), "");
  EXPECT_EQ(refused_for(area_with(2048, 0, modulus, kRsaPss)), "");
  EXPECT_EQ(refused_for(area_with(2048, 0, modulus, kEcdsa + 1)), kNoArea);
  EXPECT_EQ(refused_for(area_with(2048, 3, modulus)), kOtherKey);
  EXPECT_EQ(refused_for(area_with(1024, 0, modulus)), kOtherKey);
  EXPECT_EQ(refused_for(area_with(2048, 0, other)), kOtherKey);
  EXPECT_EQ(refused(area_with(2048, 0, modulus)), kOtherKey);  // the credential's is on P-256
  EXPECT_EQ(refused_for(area_.bytes()), kOtherKey);            // the other way round
}

// WA §7.1 step 22 (tpm)
TEST_F(TpmTest, VersionIs2) {
  EXPECT_EQ(refused(right().set("ver", written::text("1.2"))), "ver is not 2.0");
  EXPECT_EQ(refused(right().set("ver", written::integer(2))), "ver is not 2.0");
}

// WA §7.1 step 22 (tpm)
TEST_F(TpmTest, PublicAreaIsTheCredentialKey) {
  auto other = area_;
  other.x.back() ^= std::byte{1};
  EXPECT_EQ(refused(other), kOtherKey);
  other = area_;
  other.y.front() ^= std::byte{1};
  EXPECT_EQ(refused(other), kOtherKey);
  other = area_;
  other.curve = 4;
  EXPECT_EQ(refused(other), kOtherKey);
  other = area_;
  other.x.insert(other.x.begin(), std::byte{0});  // the same number
  EXPECT_EQ(refused(other), "");
}

// WA §7.1 step 22 (tpm): two length bytes left in pubArea
TEST_F(TpmTest, PublicAreaIsWhole) {
  const auto area = area_.bytes();
  EXPECT_EQ(refused(joined({area, u16(0)})), kNoArea);
  for (std::size_t size = 0; size < area.size(); ++size) {
    EXPECT_EQ(refused(Bytes(area.begin(), area.begin() + static_cast<std::ptrdiff_t>(size))), kNoArea) << size;
  }
}

TEST_F(TpmTest, PublicAreaIsOfASigningKey) {
  auto other = area_;
  other.scheme = joined({u16(kEcdsa), u16(kSha256)});
  EXPECT_EQ(refused(other), "");
  other.scheme = joined({u16(0x0019), u16(kSha256)});  // TPM_ALG_ECDH
  EXPECT_EQ(refused(other), kNoArea);
  other = area_;
  other.symmetric = 0x0006;  // TPM_ALG_AES
  EXPECT_EQ(refused(other), kNoArea);
  other = area_;
  other.derivation = 0x0022;  // TPM_ALG_KDF1_SP800_108
  EXPECT_EQ(refused(other), kNoArea);
  other = area_;
  other.type = 0x0008;  // TPM_ALG_KEYEDHASH
  EXPECT_EQ(refused(other), kNoArea);
}

// WA §7.1 step 22 (tpm)
TEST_F(TpmTest, CertInfoIsMadeByATpmForACertification) {
  auto info = info_for(area_.bytes());
  info.magic ^= 1U;
  EXPECT_EQ(refused(info), "certInfo has not the magic of what a TPM makes");
  info = info_for(area_.bytes());
  info.type = 0x8018;  // TPM_ST_ATTEST_QUOTE
  EXPECT_EQ(refused(info), "certInfo is not of TPM2_Certify");
}

// WA §7.1 step 22 (tpm)
TEST_F(TpmTest, ExtraDataIsTheHashOfWhatIsAttested) {
  const std::string kOther = "certInfo's extraData is not the hash of authenticator and client data";
  auto info = info_for(area_.bytes());
  info.extra_data.back() ^= std::byte{1};
  EXPECT_EQ(refused(info), kOther);
  info.extra_data = digest(EVP_sha384(), credential_.signed_data());  // not what alg hashes with
  EXPECT_EQ(refused(info), kOther);
  info.extra_data.clear();
  EXPECT_EQ(refused(info), kOther);
  for (const int hashing_nothing : {-8, -53}) {  // which binds to nothing, whatever certInfo holds
    const auto alg = written::integer(hashing_nothing);
    EXPECT_EQ(refused(statement(area_.bytes(), info.bytes()).set("alg", alg)), kOther);
    EXPECT_EQ(refused(statement(area_.bytes(), info_for(area_.bytes()).bytes()).set("alg", alg)), kOther);
  }
}

// WA §7.1 step 22 (tpm)
TEST_F(TpmTest, NameIsThePublicAreas) {
  const std::string kOther = "certInfo certifies something other than pubArea";
  auto info = info_for(area_.bytes());
  info.name.back() ^= std::byte{1};
  EXPECT_EQ(refused(info), kOther);
  info = info_for(area_.bytes());
  info.name[1] = std::byte{0x0C};  // SHA-384, says the name
  EXPECT_EQ(refused(info), kOther);
  info.name.clear();
  EXPECT_EQ(refused(info), kOther);
}

// ASVS 11.4.1: a name over SHA-1 is as good as none
TEST_F(TpmTest, NameIsNotOverSha1) {
  area_.name_algorithm = kSha1;
  const auto area = area_.bytes();
  auto info = info_for(area);
  info.name = joined({u16(kSha1), digest(EVP_get_digestbyname("SHA1"), area)});
  EXPECT_EQ(refused(statement(area, info.bytes())), "certInfo certifies something other than pubArea");
  info.name.clear();
  EXPECT_EQ(refused(statement(area, info.bytes())), "certInfo certifies something other than pubArea");
}

TEST_F(TpmTest, NameIsOverAnyShaTwo) {
  for (const auto& [algorithm, md] :
       {std::pair{kSha256, EVP_sha256()}, {kSha384, EVP_sha384()}, {kSha512, EVP_sha512()}}) {
    area_.name_algorithm = algorithm;
    const auto area = area_.bytes();
    auto info = info_for(area);
    info.name = joined({u16(algorithm), digest(md, area)});
    EXPECT_EQ(refused(statement(area, info.bytes())), "") << algorithm;
  }
}

// RS256 is what nearly every Windows machine signs with
TEST_F(TpmTest, SignsWithTheAlgorithmOfItsKey) {
  struct Signer {
    SharedKey key;
    int algorithm;
    const EVP_MD* md;
  };
  for (const auto& [key, algorithm, md] :
       {Signer{rsa_key(), -257, EVP_sha256()}, Signer{ec_key("P-256"), -7, EVP_sha256()},
        Signer{ec_key("P-384"), -35, EVP_sha384()}, Signer{ec_key("P-521"), -36, EVP_sha512()}}) {
    auto spec = aik();
    spec.key = key;
    auto info = info_for(area_.bytes());
    info.extra_data = digest(md, credential_.signed_data());
    const auto signed_by_it = [&](const Bytes& bytes) {
      return statement(area_.bytes(), bytes, spec)
          .set("alg", written::integer(algorithm))
          .set("sig", written::bytes(sign(key, bytes, md)));
    };
    EXPECT_EQ(refused(signed_by_it(info.bytes())), "") << algorithm;
    info.extra_data.back() ^= std::byte{1};
    EXPECT_NE(refused(signed_by_it(info.bytes())), "") << algorithm;
  }
}

TEST_F(TpmTest, HoldsForAKeyOnEveryCurve) {
  for (const auto& [curve, number] : {std::pair{"P-256", 3U}, {"P-384", 4U}, {"P-521", 5U}}) {
    const FreshCredential credential(ec_key(curve));
    EccArea area{.curve = number};
    area.x.assign(credential.cose().x().begin(), credential.cose().x().end());
    area.y.assign(credential.cose().y().begin(), credential.cose().y().end());
    const auto refused_for = [&credential, this](const Bytes& bytes) {
      const CertInfo info{.extra_data = digest(EVP_sha256(), credential.signed_data()), .name = name_of(bytes)};
      return refusal("tpm", statement(bytes, info.bytes()).cbor(), credential);
    };
    EXPECT_EQ(refused_for(area.bytes()), "") << curve;
    area.curve = number == 3 ? 4 : 3;
    EXPECT_EQ(refused_for(area.bytes()), kOtherKey) << curve;
  }
}

TEST_F(TpmTest, CertInfoIsWhole) {
  const std::string kTorn = "certInfo is too short or has bytes left over";
  auto info = info_for(area_.bytes());
  info.rest = Bytes(1);
  EXPECT_EQ(refused(info), kTorn);
  info.rest.clear();
  auto bytes = info.bytes();
  bytes.pop_back();
  EXPECT_EQ(refused(statement(area_.bytes(), bytes)), kTorn);
}

// WA §7.1 step 22 (tpm)
TEST_F(TpmTest, SignatureIsByTheCertificateOverCertInfo) {
  const std::string kOther = "the signature is not by the attestation certificate";
  const auto info = info_for(area_.bytes()).bytes();
  EXPECT_EQ(refused(right().set("sig", written::bytes(sign(ec_key(), info)))), kOther);
  auto spec = aik();
  spec.key = ec_key();
  EXPECT_EQ(refused(right(spec).set("sig", written::bytes(sign(spec.key, credential_.signed_data())))), kOther);
}

// ASVS 11.4.1
TEST_F(TpmTest, SignatureIsNotOverSha1) {
  EXPECT_EQ(refused(right().set("alg", written::integer(-65535))), "alg -65535 is not accepted");
}

// WA §8.3.1
TEST_F(TpmTest, CertificateIsOfAnAttestationIdentityKey) {
  auto spec = aik();
  spec.subject = {{"CN", "TPM"}};
  EXPECT_EQ(refused(spec), "the attestation certificate has a subject");
  const std::string kNameless = "the attestation certificate does not name manufacturer, model and version of the TPM";
  EXPECT_EQ(refused(aik().without("subjectAltName")), kNameless);
  EXPECT_EQ(refused(aik().without("subjectAltName").with("subjectAltName", "critical,DNS:tpm.example")), kNameless);
  const std::string kPurpose = "the attestation certificate is not for attestation identity keys";
  EXPECT_EQ(refused(aik().without("extendedKeyUsage")), kPurpose);
  EXPECT_EQ(refused(aik().without("extendedKeyUsage").with("extendedKeyUsage", "2.23.133.8.1")), kPurpose);
  const std::string kIssues = "the attestation certificate is not marked as one that issues none";
  EXPECT_EQ(refused(aik().without("basicConstraints")), kIssues);
  EXPECT_EQ(refused(aik().without("basicConstraints").with("basicConstraints", "critical,CA:TRUE")), kIssues);
  spec = {.subject = {}, .extensions = {}, .version = X509_VERSION_1};
  EXPECT_EQ(refused(spec), "the attestation certificate is not of version 3");
}

// WA §8.3.1: each of manufacturer, model, version, and no more than once
TEST_F(TpmTest, AlternativeNameHasAllThree) {
  for (const auto& parts : std::vector<std::vector<unsigned>>{{2, 3}, {1, 3}, {1, 2}, {1, 2, 3, 3}, {9, 2, 3}, {}}) {
    EXPECT_EQ(refused(aik(parts)),
              "the attestation certificate does not name manufacturer, model and version of the TPM");
  }
  constexpr unsigned kDnsName = 0x82;
  EXPECT_EQ(refused(aik({3, 2, 1}, der(kDnsName, crypto::as_bytes("tpm.example")))), "");
}

// WA §8.3.1
TEST_F(TpmTest, AaguidExtensionIsTheAuthenticators) {
  auto other = FreshCredential::aaguid();
  other[15] ^= std::byte{1};
  EXPECT_EQ(refused(aik().with(kAaguidExtension, aaguid_value(FreshCredential::aaguid()))), "");
  EXPECT_EQ(refused(aik().with(kAaguidExtension, aaguid_value(other))),
            "the attestation certificate is of a model with another AAGUID");
}

TEST_F(TpmTest, SyntaxIsExact) {
  for (const auto* name : {"ver", "alg", "sig", "x5c", "certInfo", "pubArea"}) {
    EXPECT_EQ(refused(right().drop(name)), "the statement has no " + std::string(name));
  }
  EXPECT_EQ(refused(right().set("ecdaaKeyId", written::bytes({}))),
            "the statement has a member that its format does not know");
  EXPECT_EQ(refused(right().set("certInfo", written::text(""))), "certInfo and pubArea are not byte strings");
  EXPECT_EQ(refused(right().set("pubArea", written::text(""))), "certInfo and pubArea are not byte strings");
}

}  // namespace
}  // namespace secureauth::webauthn
