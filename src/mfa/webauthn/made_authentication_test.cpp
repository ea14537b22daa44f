// Authentications with keys made here: every field can be changed and all be signed again, so that each step is reached
// with nothing else wrong.
#include "mfa/webauthn/authentication.hpp"
#include "mfa/webauthn/vectors_fixture.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace secureauth::webauthn {
namespace {

constexpr unsigned kPresent = 0x01;
constexpr unsigned kVerified = 0x04;
constexpr unsigned kEligible = 0x08;
constexpr unsigned kBackedUp = 0x10;
constexpr unsigned kCredential = 0x40;
constexpr unsigned kExtended = 0x80;

struct Made {
  explicit Made(CoseAlgorithm algorithm = CoseAlgorithm::es256) : key(algorithm) {}

  [[nodiscard]] AuthenticationCase authentication() const {
    AuthenticationCase one("none-es256");
    auto& response = one.response;
    response.client_data_json = client_data;
    response.authenticator_data.clear();
    append(response.authenticator_data, crypto::sha256(crypto::as_bytes(rp_id)));
    response.authenticator_data.push_back(std::byte(flags));
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
      response.authenticator_data.push_back(std::byte(count >> shift & 0xffU));
    }
    append(response.authenticator_data, extensions);
    response.signature = key.sign(signed_over(response.authenticator_data, response.client_data_json));
    one.known->public_key = key.cose();
    one.known->backup_eligible = known_eligible;
    one.known->sign_count = known_count;
    return one;
  }
  [[nodiscard]] int failed() const { return authentication().failed(); }

  TestKey key;
  Bytes client_data = AuthenticationCase("none-es256").response.client_data_json;
  std::string rp_id = "example.org";
  unsigned flags = kPresent | kVerified;
  std::uint32_t count = 0;
  Bytes extensions{};
  bool known_eligible = false;
  std::uint32_t known_count = 0;
};

TEST(MadeAuthentication, IsValidWithAKeyOfEveryAlgorithm) {
  for (const auto algorithm : kOfferedAlgorithms) {
    const auto assertion = Made(algorithm).authentication().verdict();
    ASSERT_TRUE(assertion) << to_text(algorithm) << ": " << assertion.error().detail;
    EXPECT_TRUE(assertion->user_verified);
    EXPECT_FALSE(assertion->backed_up || assertion->count_went_back);
  }
}

// WA §7.2 steps 20 and 21
TEST(MadeAuthentication, SignsEveryBit) {
  const auto right = Made().authentication();
  ASSERT_EQ(right.failed(), 0);
  for (const auto part : {&AuthenticationResponse::authenticator_data, &AuthenticationResponse::client_data_json,
                          &AuthenticationResponse::signature}) {
    for (std::size_t bit = 0; bit < (right.response.*part).size() * 8; ++bit) {
      auto one = right;
      (one.response.*part)[bit / 8] ^= std::byte(1U << bit % 8);
      ASSERT_GE(one.failed(), 7) << bit;
    }
  }
}

// WA §7.2 step 7
TEST(MadeAuthentication, Step7ExtensionsAreThereOnlyAsTheFlagSays) {
  Made made;
  made.extensions = written::map({{written::text("x"), written::integer(1)}});
  EXPECT_EQ(made.failed(), 7) << "ED clear";
  made.flags |= kExtended;
  EXPECT_EQ(made.failed(), 0) << "unasked outputs are ignored";  // WA §7.2 step 23
  made.extensions.push_back(std::byte{0});
  EXPECT_EQ(made.failed(), 7) << "a byte behind them";
  made.extensions.clear();
  EXPECT_EQ(made.failed(), 7);
  Made registering;
  registering.flags |= kCredential;
  registering.extensions.assign(18, std::byte{0});
  append(registering.extensions, registering.key.cose());
  EXPECT_EQ(registering.failed(), 7) << "AT set, and a credential there";
}

// WA §7.2 step 8
TEST(MadeAuthentication, Step8OneByteOrderMarkMayLead) {
  Made made;
  change(made.client_data, "{", "\xEF\xBB\xBF{");
  EXPECT_EQ(made.failed(), 0);
  change(made.client_data, "{", "\xEF\xBB\xBF{");
  EXPECT_EQ(made.failed(), 8);
}

// WA §7.2 steps 9 to 14: signed or not
TEST(MadeAuthentication, Steps9To14WhatTheBrowserSaysCounts) {
  const auto failed = [](std::string_view piece, std::string_view other) {
    Made made;
    change(made.client_data, piece, other);
    return made.failed();
  };
  EXPECT_EQ(failed("}", ",\"origin\":\"https://example.org\"}"), 9);
  EXPECT_EQ(failed("webauthn.get", "webauthn.create"), 10);
  EXPECT_EQ(failed("\"challenge\":\"", "\"challenge\":\"AA"), 11);
  EXPECT_EQ(failed("\"challenge\"", "\"Challenge\""), 11);
  EXPECT_EQ(failed("https://example.org", "https://evil.example"), 12);
  EXPECT_EQ(failed("\"crossOrigin\":false", "\"crossOrigin\":true"), 13);
  EXPECT_EQ(failed("\"crossOrigin\":false", "\"crossOrigin\":\"true\""), 13);
  EXPECT_EQ(failed("\"crossOrigin\":false", "\"crossOrigin\":null"), 13);
  EXPECT_EQ(failed("\"crossOrigin\":false", "\"topOrigin\":\"https://example.org\""), 14);
  EXPECT_EQ(failed("\"crossOrigin\":false", "\"x\":1"), 0);
}

// WA §7.2 step 11: a challenge that is lost must not be answered by an empty one
TEST(MadeAuthentication, Step11NoChallengeIsAnsweredByNothing) {
  Made made;
  const auto challenge = crypto::base64url_encode(made.authentication().challenge);
  change(made.client_data, challenge, "");
  auto one = made.authentication();
  EXPECT_EQ(one.failed(), 11);
  one.challenge.clear();
  EXPECT_EQ(one.failed(), 11);
}

// WA §7.2 steps 15 to 19
TEST(MadeAuthentication, Steps15To19TheFlagsDecideWhateverIsSigned) {
  Made foreign;
  foreign.rp_id = "example.com";
  EXPECT_EQ(foreign.failed(), 15);
  Made made;
  made.flags = kVerified;
  EXPECT_EQ(made.failed(), 16);
  made.flags = kPresent;
  auto unverified = made.authentication();
  unverified.user_verification = UserVerification::preferred;
  EXPECT_EQ(unverified.failed(), 0);
  EXPECT_FALSE(unverified.verdict()->user_verified);
  unverified.user_verification = UserVerification::required;
  EXPECT_EQ(unverified.failed(), 17);
  made.flags = kPresent | kBackedUp;
  EXPECT_EQ(made.failed(), 18);
  made.flags = kPresent | kEligible;
  EXPECT_EQ(made.failed(), 19) << "it may be copied now";
  made.known_eligible = true;
  EXPECT_EQ(made.failed(), 0);
  made.flags = kPresent | kEligible | kBackedUp;
  EXPECT_TRUE(made.authentication().verdict()->backed_up);
  made.flags = kPresent;
  EXPECT_EQ(made.failed(), 19) << "it may not any more";
}

// WA §7.2 step 21
TEST(MadeAuthentication, Step21TheStoredKeySigns) {
  for (const auto algorithm : kOfferedAlgorithms) {
    auto one = Made(algorithm).authentication();
    one.known->public_key = TestKey(algorithm).cose();
    EXPECT_EQ(one.failed(), 21) << to_text(algorithm);
    one.known->public_key.pop_back();
    EXPECT_EQ(one.failed(), 21) << "it is damaged";
    one.known->public_key.clear();
    EXPECT_EQ(one.failed(), 21);
  }
  auto one = Made().authentication();
  auto members = Made(CoseAlgorithm::rs256).key.members();
  one.known->public_key = members.encoded();
  EXPECT_EQ(one.failed(), 21) << "a key of another algorithm";
}

// WA §7.2 step 21, Part 3.37: whoever stored such a key could sign in with any message
TEST(MadeAuthentication, Step21AKeyOfSmallOrderSignsNothing) {
  auto one = Made(CoseAlgorithm::eddsa).authentication();
  Bytes neutral(32);
  neutral.front() = std::byte{1};
  auto members = TestKey(CoseAlgorithm::eddsa).members();
  members[-2] = written::bytes(neutral);
  one.known->public_key = members.encoded();
  one.response.signature.assign(64, std::byte{0});
  one.response.signature.front() = std::byte{1};  // R neutral, S 0: right for every message
  EXPECT_EQ(one.failed(), 21);
}

// WA §7.2 step 22
TEST(MadeAuthentication, Step22TheCountGrows) {
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  struct Case {
    std::uint32_t known;
    std::uint32_t now;
    bool went_back;
  };
  for (const auto& [known, now, went_back] :
       {Case{0, 0, false}, Case{0, 1, false}, Case{5, 6, false}, Case{5, kMost, false}, Case{kMost - 1, kMost, false},
        Case{5, 5, true}, Case{5, 4, true}, Case{5, 0, true}, Case{1, 0, true}, Case{kMost, kMost, true},
        Case{kMost, 1, true}}) {
    Made made;
    made.known_count = known;
    made.count = now;
    auto one = made.authentication();
    EXPECT_EQ(one.failed(), went_back ? 22 : 0) << known << ' ' << now;
    one.refuse_count_going_back = false;
    const auto assertion = one.verdict();
    ASSERT_TRUE(assertion);
    EXPECT_EQ(assertion->count_went_back, went_back) << known << ' ' << now;
    EXPECT_EQ(assertion->sign_count, now);
  }
}

// WA §7.2: of two faults, the step that comes first is told
TEST(MadeAuthentication, TheFirstFaultIsTold) {
  Made made;
  made.known_count = 9;
  EXPECT_EQ(made.failed(), 22);
  auto one = made.authentication();
  one.response.signature.back() ^= std::byte{1};
  EXPECT_EQ(one.failed(), 21);
  made.flags = kPresent | kEligible;
  EXPECT_EQ(made.failed(), 19);
  made.flags = kEligible;
  EXPECT_EQ(made.failed(), 16);
  made.rp_id = "";
  EXPECT_EQ(made.failed(), 15);
  change(made.client_data, "https://example.org", "https://example.org:8443");
  EXPECT_EQ(made.failed(), 12);
  change(made.client_data, "webauthn.get", "webauthn.create");
  EXPECT_EQ(made.failed(), 10);
  made.extensions.push_back(std::byte{0});
  EXPECT_EQ(made.failed(), 7);
  auto unknown = made.authentication();
  unknown.known.reset();
  EXPECT_EQ(unknown.failed(), 6);
  unknown.allowed = {Bytes{std::byte{1}}};
  EXPECT_EQ(unknown.failed(), 5);
}

}  // namespace
}  // namespace secureauth::webauthn
