#include "mfa/webauthn/attestation_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::webauthn {
namespace {

constexpr unsigned kInteger = 0x02;
constexpr unsigned kOctetString = 0x04;
constexpr unsigned kNull = 0x05;
constexpr unsigned kEnumerated = 0x0A;
constexpr unsigned kSequence = 0x30;
constexpr unsigned kSet = 0x31;

/// A context-specific constructed tag of 31 and more, in two bytes.
Bytes high_tag(unsigned tag, const Bytes& content) {
  auto bytes = der(0xBF, content);
  bytes.insert(bytes.begin() + 1, {std::byte(0x80U | tag >> 7U), std::byte(tag & 0x7FU)});
  return bytes;
}

Bytes number(unsigned value, unsigned tag = kInteger) {
  return der(tag, Bytes{std::byte(value)});
}

Bytes purposes(std::initializer_list<unsigned> values) {
  Bytes all;
  for (const auto value : values) all = joined({all, number(value)});
  return der(0xA1, der(kSet, all));
}
const Bytes kAllApplications = high_tag(600, der(kNull, Bytes{}));
Bytes origin(unsigned value) {
  return high_tag(702, number(value));
}

constexpr unsigned kSign = 2;
constexpr unsigned kVerify = 3;
constexpr unsigned kDecrypt = 1;
constexpr unsigned kGenerated = 0;
constexpr unsigned kImported = 2;

struct Description {
  Bytes challenge;
  Bytes software{};
  Bytes hardware = joined({purposes({kSign}), origin(kGenerated)});

  [[nodiscard]] Bytes encoded() const {
    return der(kSequence, joined({number(4), number(1, kEnumerated), number(41), number(1, kEnumerated),
                                  der(kOctetString, challenge), der(kOctetString, Bytes{}), der(kSequence, software),
                                  der(kSequence, hardware)}));
  }
};

class AndroidKeyTest : public testing::Test {
 protected:
  Description described() {
    const auto& hash = credential_.client_data_hash();
    return {.challenge = {hash.begin(), hash.end()}};
  }
  StatementSpec statement(const CertificateSpec& spec) {
    return StatementSpec{}
        .set("alg", written::integer(-7))
        .set("sig", written::bytes(sign(credential_.key(), credential_.signed_data())))
        .set("x5c", x5c({issue(spec, &root_).certificate}));
  }
  CertificateSpec certificate(const Bytes& description) {
    CertificateSpec spec{.key = credential_.key()};
    return spec.with("1.3.6.1.4.1.11129.2.1.17", as_der(description));
  }
  std::string refused(const StatementSpec& spec) { return refusal("android-key", spec.cbor(), credential_); }
  std::string refused(const Bytes& description) { return refused(statement(certificate(description))); }
  std::string refused(const Description& description) { return refused(description.encoded()); }

  FreshCredential credential_;
  Issued root_ = issue(authority("Root"));
};

constexpr const char* kUnread = "the attestation certificate has no key description that can be read";
constexpr const char* kPurpose = "the attestation certificate is of a key with another purpose than signing";
constexpr const char* kOrigin = "the attestation certificate is of a key that was not made in the key store";
constexpr const char* kShared = "the attestation certificate lets all applications use the key";

TEST_F(AndroidKeyTest, HoldsByACertificate) {
  const auto verdict =
      verify_statement("android-key", statement(certificate(described().encoded())).cbor(), credential_.subject());
  ASSERT_TRUE(verdict) << verdict.error().detail;
  EXPECT_EQ(verdict->type, AttestationType::certified);
}

// WA §7.1 step 22 (android-key)
TEST_F(AndroidKeyTest, SignatureIsByTheCertificate) {
  const auto right = statement(certificate(described().encoded()));
  EXPECT_EQ(refused(StatementSpec(right).set("sig", written::bytes(sign(ec_key(), credential_.signed_data())))),
            "the signature is not by the attestation certificate");
}

// WA §7.1 step 22 (android-key)
TEST_F(AndroidKeyTest, CertificateIsOfTheCredentialKey) {
  auto spec = certificate(described().encoded());
  spec.key = ec_key();
  auto other = statement(spec).set("sig", written::bytes(sign(spec.key, credential_.signed_data())));
  EXPECT_EQ(refused(other), "the attestation certificate is of another key");
}

// WA §7.1 step 22 (android-key)
TEST_F(AndroidKeyTest, ChallengeIsTheHashOfTheClientData) {
  auto other = described();
  other.challenge.back() ^= std::byte{1};
  EXPECT_EQ(refused(other), "the attestation certificate was made for another challenge");
  other.challenge.clear();
  EXPECT_EQ(refused(other), "the attestation certificate was made for another challenge");
}

// WA §7.1 step 22 (android-key)
TEST_F(AndroidKeyTest, KeyIsForOneApplication) {
  auto shared = described();
  shared.software = kAllApplications;
  EXPECT_EQ(refused(shared), kShared);
  shared = described();
  shared.hardware = joined({purposes({kSign}), kAllApplications, origin(kGenerated)});
  EXPECT_EQ(refused(shared), kShared);
}

// WA §7.1 step 22 (android-key)
TEST_F(AndroidKeyTest, KeyWasMadeInTheKeyStore) {
  auto imported = described();
  imported.hardware = joined({purposes({kSign}), origin(kImported)});
  EXPECT_EQ(refused(imported), kOrigin);
  imported = described();
  imported.software = origin(kImported);  // whatever the other list says
  EXPECT_EQ(refused(imported), kOrigin);
}

// WA §7.1 step 22 (android-key)
TEST_F(AndroidKeyTest, KeyIsForSigning) {
  const auto with = [this](const Bytes& hardware) {
    auto description = described();
    description.hardware = joined({hardware, origin(kGenerated)});
    return refused(description);
  };
  EXPECT_EQ(with(purposes({kSign, kVerify})), "");
  EXPECT_EQ(with({}), "");  // as in the vector of WA §16.12
  EXPECT_EQ(with(purposes({kVerify})), kPurpose);
  EXPECT_EQ(with(purposes({kDecrypt, kSign})), kPurpose);
  auto in_software = described();
  in_software.software = purposes({kSign});
  in_software.hardware = origin(kGenerated);
  EXPECT_EQ(refused(in_software), "");
}

TEST_F(AndroidKeyTest, DescriptionIsThere) {
  EXPECT_EQ(refused(statement({.key = credential_.key()})), kUnread);
}

TEST_F(AndroidKeyTest, DescriptionIsWholeAndWellFormed) {
  auto longer = described().encoded();
  longer.push_back(std::byte{0});
  EXPECT_EQ(refused(longer), kUnread);
  EXPECT_EQ(refused(der(kSequence, number(4))), kUnread);

  const std::pair<const char*, Bytes> kLists[] = {
      {"a tag twice", joined({purposes({kVerify}), purposes({kSign}), origin(kGenerated)})},
      {"tags falling", joined({origin(kGenerated), purposes({kSign})})},
      {"no tag", number(1)},
      {"a tag of another class", joined({der(0x61, der(kSet, number(kSign))), origin(kGenerated)})},
      {"a tag around nothing", joined({der(0x81, der(kSet, number(kSign))), origin(kGenerated)})},
      {"purposes with something behind", der(0xA1, joined({der(kSet, number(kSign)), number(kSign)}))},
      {"purposes that are one number", der(0xA1, number(kSign))},
      {"purposes that are no numbers", der(0xA1, der(kSet, der(kOctetString, Bytes{})))},
      {"an origin with something behind", high_tag(702, joined({number(kGenerated), number(kImported)}))},
      {"an origin beyond 64 bits", high_tag(702, der(kInteger, Bytes(9, std::byte{1})))},
  };
  for (const auto& [name, list] : kLists) {
    auto description = described();
    description.hardware = list;
    EXPECT_EQ(refused(description), kUnread) << name;
  }
}

TEST_F(AndroidKeyTest, AuthorizationsOfNoConcernArePassedOver) {
  auto description = described();
  description.hardware =
      joined({purposes({kSign}), der(0xA2, number(3)), high_tag(503, der(kNull, Bytes{})), origin(kGenerated),
              high_tag(704, der(kSequence, der(kOctetString, Bytes(32)))), high_tag(9999, number(1))});
  EXPECT_EQ(refused(description), "");
}

}  // namespace
}  // namespace secureauth::webauthn
