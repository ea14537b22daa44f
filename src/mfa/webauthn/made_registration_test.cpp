// Registrations with keys made here: every field can be changed and all be signed again, so that each step is reached
// with nothing else wrong.
#include "mfa/webauthn/cbor.hpp"
#include "mfa/webauthn/registration.hpp"
#include "mfa/webauthn/vectors_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace secureauth::webauthn {
namespace {

using written::bytes;
using written::integer;
using written::text;

constexpr unsigned kPresent = 0x01;
constexpr unsigned kVerified = 0x04;
constexpr unsigned kEligible = 0x08;
constexpr unsigned kBackedUp = 0x10;
constexpr unsigned kCredential = 0x40;
constexpr unsigned kExtended = 0x80;

/// A registration with self attestation (§8.2), which signs all of the authenticator data.
struct Made {
  explicit Made(CoseAlgorithm algorithm = CoseAlgorithm::es256) : key(algorithm), members(key.members()) {}

  [[nodiscard]] Bytes data() const {
    Bytes all;
    append(all, crypto::sha256(crypto::as_bytes(rp_id)));
    all.push_back(std::byte(flags));
    append(all, crypto::hex_decode("00000007").value());
    all.insert(all.end(), 16, std::byte{0xa9});
    all.push_back(std::byte(id.size() >> 8U));
    all.push_back(std::byte(id.size() & 0xffU));
    append(all, id);
    append(all, members.encoded());
    append(all, extensions);
    return all;
  }
  [[nodiscard]] Bytes statement(const RegistrationCase& one) const {
    return written::map({{text("alg"), members.at(3)},
                         {text("sig"), bytes(key.sign(signed_over(data(), one.response.client_data_json)))}});
  }
  [[nodiscard]] RegistrationCase registration() const {
    RegistrationCase one("packed-self-es256");
    one.response.attestation_object = attestation_object("packed", data(), statement(one));
    return one;
  }
  [[nodiscard]] int failed() const { return registration().failed(); }

  TestKey key;
  CoseMembers members;
  std::string rp_id = "example.org";
  unsigned flags = kPresent | kVerified | kCredential;
  Bytes id = Bytes(16, std::byte{0x1d});
  Bytes extensions{};
};

TEST(MadeRegistration, IsValidWithAKeyOfEveryAlgorithm) {
  for (const auto algorithm : kOfferedAlgorithms) {
    const Made made(algorithm);
    const auto credential = made.registration().verdict();
    ASSERT_TRUE(credential) << to_text(algorithm) << ": " << credential.error().detail;
    EXPECT_EQ(credential->algorithm, algorithm);
    EXPECT_EQ(credential->id, made.id);
    EXPECT_EQ(credential->public_key, made.key.cose());
    EXPECT_EQ(credential->sign_count, 7U);
    EXPECT_TRUE(std::ranges::equal(credential->aaguid, Bytes(16, std::byte{0xa9})));
    EXPECT_EQ(credential->attestation_format, "packed");
    EXPECT_EQ(credential->attestation_type, AttestationType::self);
    EXPECT_FALSE(credential->attested);
    EXPECT_TRUE(credential->user_verified);
    EXPECT_FALSE(credential->backup_eligible || credential->backed_up);
  }
}

// WA §7.1 step 12
TEST(MadeRegistration, SignsEveryBitOfItsAttestationObject) {
  const auto right = Made().registration();
  const auto bits = right.response.attestation_object.size() * 8;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    auto one = right;
    one.response.attestation_object[bit / 8] ^= std::byte(1U << bit % 8);
    ASSERT_GE(one.failed(), 13) << bit;
  }
}

// WA §7.1 step 13
TEST(MadeRegistration, Step13TheObjectHasItsThreeMembersOnly) {
  const auto one = Made().registration();
  const auto object = cbor::read(one.response.attestation_object);
  using Members = std::vector<std::pair<Bytes, Bytes>>;
  const auto encoded = [&object](std::string_view name) {
    const auto part = object->find(name)->encoded();
    return std::pair(text(name), Bytes(part.begin(), part.end()));
  };
  const auto format = encoded("fmt");
  const auto statement = encoded("attStmt");
  const auto data = encoded("authData");
  const auto failed = [&one](const Members& members) {
    auto changed = one;
    changed.response.attestation_object = written::map(members);
    return changed.failed();
  };
  ASSERT_EQ(failed({format, statement, data}), 0);
  for (const auto& members :
       {Members{statement, data}, Members{format, data}, Members{format, statement}, Members{},
        Members{format, data, statement}, Members{format, format, statement, data},
        Members{format, statement, data, data}, Members{format, statement, data, {text("authDatb"), integer(0)}},
        Members{{integer(1), integer(1)}, format, statement, data}, Members{{text("fmt"), bytes({})}, statement, data},
        Members{{text("fmt"), integer(0)}, statement, data}, Members{{text("Fmt"), format.second}, statement, data},
        Members{format, statement, {text("authData"), text("x")}}}) {
    EXPECT_EQ(failed(members), 13) << members.size();
  }
}

// WA §7.1 step 13: the same object in another encoding
TEST(MadeRegistration, Step13TheObjectHasOneEncoding) {
  const auto one = Made().registration();
  const auto& right = one.response.attestation_object;
  const auto failed = [&one](Bytes object) {
    auto changed = one;
    changed.response.attestation_object = std::move(object);
    return changed.failed();
  };
  auto long_map = right;
  long_map.front() = std::byte{0xb8};
  long_map.insert(long_map.begin() + 1, std::byte{3});
  EXPECT_EQ(failed(long_map), 13);
  auto long_text = right;
  long_text[1] = std::byte{0x78};
  long_text.insert(long_text.begin() + 2, std::byte{3});
  EXPECT_EQ(failed(long_text), 13);
  auto tagged = right;
  tagged.insert(tagged.begin(), {std::byte{0xd9}, std::byte{0xd9}, std::byte{0xf7}});
  EXPECT_EQ(failed(tagged), 13) << "self-described CBOR";
  auto indefinite = right;
  indefinite.front() = std::byte{0xbf};
  indefinite.push_back(std::byte{0xff});
  EXPECT_EQ(failed(indefinite), 13);
}

// WA §7.1 step 13
TEST(MadeRegistration, Step13ExtensionsAreThereOnlyAsTheFlagSays) {
  Made made;
  made.extensions = written::map({{text("credProtect"), integer(3)}});
  EXPECT_EQ(made.failed(), 13) << "ED clear";
  made.flags |= kExtended;
  EXPECT_EQ(made.failed(), 0) << "unasked outputs are ignored";  // WA §7.1 step 28
  made.extensions.clear();
  EXPECT_EQ(made.failed(), 13);
  made.flags = kPresent;
  EXPECT_EQ(made.failed(), 13) << "AT clear";
}

// WA §7.1 steps 14 to 18
TEST(MadeRegistration, Steps14To18TheFlagsDecideWhateverIsSigned) {
  Made foreign;
  foreign.rp_id = "sub.example.org";
  EXPECT_EQ(foreign.failed(), 14);
  Made made;
  made.flags = kVerified | kCredential;
  EXPECT_EQ(made.failed(), 15);
  made.flags = kPresent | kCredential;
  auto unverified = made.registration();
  unverified.user_verification = UserVerification::preferred;
  EXPECT_EQ(unverified.failed(), 0);
  EXPECT_FALSE(unverified.verdict()->user_verified);
  unverified.user_verification = UserVerification::required;
  EXPECT_EQ(unverified.failed(), 16);
  made.flags = kPresent | kBackedUp | kCredential;
  EXPECT_EQ(made.failed(), 17);
  made.flags = kPresent | kEligible | kBackedUp | kCredential;
  auto synced = made.registration();
  EXPECT_TRUE(synced.verdict()->backup_eligible && synced.verdict()->backed_up);  // WA §7.1 step 19
  synced.device_bound_only = true;
  EXPECT_EQ(synced.failed(), 18);
}

// WA §7.1 step 20
TEST(MadeRegistration, Step20TheKeyIsOfAnOfferedAlgorithmAndInForm) {
  for (const auto algorithm : kOfferedAlgorithms) {
    auto one = Made(algorithm).registration();
    std::erase(one.algorithms, algorithm);
    EXPECT_EQ(one.failed(), 20) << to_text(algorithm);
    one.algorithms.clear();
    EXPECT_EQ(one.failed(), 20) << "nothing was offered";
  }
  const auto failed_with = [](std::int64_t label, const Bytes& value) {
    Made made;
    made.members[label] = value;
    return made.failed();
  };
  EXPECT_EQ(failed_with(-4, bytes(Bytes(32, std::byte{1}))), 20) << "a private part";
  EXPECT_EQ(failed_with(3, integer(-35)), 20) << "P-256 under ES384";
  EXPECT_EQ(failed_with(-2, bytes(Bytes(31, std::byte{1}))), 20) << "31-byte x";
  EXPECT_EQ(failed_with(-2, bytes(Bytes(32))), 20) << "off the curve";
  EXPECT_EQ(failed_with(3, integer(-65535)), 20) << "RS1";

  Made small(CoseAlgorithm::rs256);
  small.key = TestKey(CoseAlgorithm::rs256, 1024);
  small.members = small.key.members();
  EXPECT_EQ(small.failed(), 20) << "RSA 1024";
}

// WA §7.1 step 22: the key of another credential signs
TEST(MadeRegistration, Step22TheCredentialsOwnKeySigns) {
  Made made;
  made.key = TestKey(CoseAlgorithm::es256);
  EXPECT_EQ(made.failed(), 22);
}

// WA §7.1 step 25
TEST(MadeRegistration, Step25TheIdHas1To1023Bytes) {
  for (const auto& [size, step] : {std::pair<std::size_t, int>{0, 25}, {1, 0}, {1023, 0}, {1024, 25}, {0xffff, 25}}) {
    Made made;
    made.id.assign(size, std::byte{7});
    EXPECT_EQ(made.failed(), step) << size;
  }
}

// WA §7.1: of two faults, the step that comes first is told
TEST(MadeRegistration, TheFirstFaultIsTold) {
  Made made;
  made.id.clear();
  EXPECT_EQ(made.failed(), 25);
  made.key = TestKey(CoseAlgorithm::es256);
  EXPECT_EQ(made.failed(), 22);
  made.members[3] = integer(-35);
  EXPECT_EQ(made.failed(), 20);
  made.flags = kPresent | kBackedUp | kCredential;
  EXPECT_EQ(made.failed(), 17);
  made.flags = kBackedUp | kCredential;
  EXPECT_EQ(made.failed(), 15);
  made.rp_id = "example.com";
  EXPECT_EQ(made.failed(), 14);
  made.extensions = bytes({});
  EXPECT_EQ(made.failed(), 13);
  auto one = made.registration();
  change(one.response.client_data_json, "https://example.org", "https://example.com");
  EXPECT_EQ(one.failed(), 9);
  one.challenge.front() ^= std::byte{1};
  EXPECT_EQ(one.failed(), 8);
  change(one.response.client_data_json, "webauthn.create", "webauthn.get");
  EXPECT_EQ(one.failed(), 7);
  change(one.response.client_data_json, "}", "}}");
  EXPECT_EQ(one.failed(), 6);
  change(one.response.client_data_json, "}}", "\xff");
  EXPECT_EQ(one.failed(), 5);
}

}  // namespace
}  // namespace secureauth::webauthn
