#include "mfa/webauthn/authentication.hpp"

#include "mfa/webauthn/vectors_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace secureauth::webauthn {
namespace {

constexpr std::string_view kPlain = "none-es256";
constexpr std::size_t kFlags = 32;
constexpr std::size_t kCount = 33;

AuthenticationCase with_flags(unsigned set, unsigned clear) {
  AuthenticationCase one(kPlain);
  auto& flags = one.response.authenticator_data.at(kFlags);
  flags = (flags | std::byte(set)) & ~std::byte(clear);
  return one;
}

AuthenticationCase with_client_data(std::string_view piece, std::string_view other) {
  AuthenticationCase one(kPlain);
  change(one.response.client_data_json, piece, other);
  return one;
}

// WA §16
TEST(Authentication, TheSpecificationsOwnAreValid) {
  ASSERT_EQ(names_of("authentication").size(), 15U);
  for (const auto& name : names_of("authentication")) {
    const auto& vector = vector_named(name + "/authentication");
    AuthenticationCase one(name);
    one.relying_party.cross_origin = vector.at("cross_origin").as_bool();
    if (vector.at("top_origin").is_string()) one.relying_party.top_origins = {"https://example.com"};
    const auto verdict = one.verdict();
    ASSERT_TRUE(verdict) << name << ": step " << verdict.error().step << ", " << verdict.error().detail;
    EXPECT_EQ(verdict->user_verified, vector.at("flags").at("UV").as_bool()) << name;
    EXPECT_EQ(verdict->backed_up, vector.at("flags").at("BS").as_bool()) << name;
    EXPECT_EQ(verdict->sign_count, vector.at("sign_count").as_int64()) << name;
  }
}

// WA §7.2 step 5
TEST(Authentication, Step5TheCredentialIsOneThatWasNamed) {
  AuthenticationCase one(kPlain);
  one.allowed = {Bytes{std::byte{9}}, one.response.credential_id};
  EXPECT_EQ(one.failed(), 0);
  one.allowed.pop_back();
  EXPECT_EQ(one.failed(), 5);
}

// WA §7.2 step 6
TEST(Authentication, Step6TheOwnerIsWhoIsAskedOrWhoTheAuthenticatorNames) {
  AuthenticationCase unknown(kPlain);
  unknown.known.reset();
  EXPECT_EQ(unknown.failed(), 6);
  AuthenticationCase another(kPlain);
  another.known->id.push_back(std::byte{1});
  EXPECT_EQ(another.failed(), 6);
  AuthenticationCase foreign(kPlain);
  foreign.user_handle = Bytes{std::byte{7}};
  EXPECT_EQ(foreign.failed(), 6) << "somebody else's passkey";
  AuthenticationCase claimed(kPlain);
  claimed.response.user_handle = Bytes{std::byte{7}};
  EXPECT_EQ(claimed.failed(), 6) << "another handle than its owner's";
  AuthenticationCase nameless(kPlain);
  nameless.user_handle.reset();
  EXPECT_EQ(nameless.failed(), 6) << "nobody is named";
  nameless.response.user_handle = AuthenticationCase::kHandle;
  EXPECT_EQ(nameless.failed(), 0);
}

// WA §7.2 step 7
TEST(Authentication, Step7ThePartsAreWhole) {
  const auto size = AuthenticationCase(kPlain).response.authenticator_data.size();
  ASSERT_EQ(size, 37U);
  for (std::size_t cut = 0; cut < size; ++cut) {
    AuthenticationCase one(kPlain);
    one.response.authenticator_data.resize(cut);
    EXPECT_EQ(one.failed(), 7) << cut;
  }
  AuthenticationCase longer(kPlain);
  longer.response.authenticator_data.push_back(std::byte{0});
  EXPECT_EQ(longer.failed(), 7);
  EXPECT_EQ(with_flags(0x40, 0).failed(), 7) << "AT set";
  EXPECT_EQ(with_flags(0x80, 0).failed(), 7) << "ED without extensions";
  AuthenticationCase unsigned_one(kPlain);
  unsigned_one.response.signature.clear();
  EXPECT_EQ(unsigned_one.failed(), 7);
}

// WA §7.2 steps 8 and 9
TEST(Authentication, Steps8And9ClientDataIsUtf8AndOneJsonObject) {
  EXPECT_EQ(with_client_data("}", "\xff}").failed(), 8);
  EXPECT_EQ(with_client_data("}", ",\"origin\":\"https://example.org\"}").failed(), 9) << "a member twice";
  EXPECT_EQ(with_client_data("}", "}}").failed(), 9);
}

// WA §7.2 steps 10 to 12
TEST(Authentication, Steps10To12TypeChallengeAndOriginAreThoseOfTheCall) {
  EXPECT_EQ(with_client_data("webauthn.get", "webauthn.create").failed(), 10);
  AuthenticationCase other(kPlain);
  other.challenge.front() ^= std::byte{1};
  EXPECT_EQ(other.failed(), 11);
  for (const auto* origin : {"http://example.org", "https://example.org:444", "https://login.example.org", "null"}) {
    EXPECT_EQ(with_client_data("https://example.org", origin).failed(), 12) << origin;
  }
}

// WA §7.2 steps 13 and 14
TEST(Authentication, Steps13And14FramesOfOtherSitesAreRefusedUnlessTheyAreListed) {
  AuthenticationCase framed("none-es256-crossOrigin");
  EXPECT_EQ(framed.failed(), 13);
  framed.relying_party.cross_origin = true;
  EXPECT_EQ(framed.failed(), 0);
  AuthenticationCase top("none-es256-topOrigin");
  top.relying_party.cross_origin = true;
  EXPECT_EQ(top.failed(), 14);
  top.relying_party.top_origins = {"https://example.com"};
  EXPECT_EQ(top.failed(), 0);
}

// WA §7.2 step 15
TEST(Authentication, Step15TheAuthenticatorWasAskedByThisRelyingParty) {
  AuthenticationCase one(kPlain);
  one.relying_party.id = "example.com";
  EXPECT_EQ(one.failed(), 15);
}

// WA §7.2 steps 16 to 19
TEST(Authentication, Steps16To19TheFlagsAreWhatTheOptionsAndTheRecordAskFor) {
  EXPECT_EQ(with_flags(0, 0x01).failed(), 16) << "UP clear";
  auto unverified = with_flags(0, 0x04);
  unverified.user_verification = UserVerification::required;
  EXPECT_EQ(unverified.failed(), 17) << "UV clear";
  EXPECT_EQ(with_flags(0x10, 0x08).failed(), 18) << "BS without BE";
  AuthenticationCase eligible(kPlain);
  ASSERT_TRUE(eligible.known->backup_eligible);
  eligible.known->backup_eligible = false;
  EXPECT_EQ(eligible.failed(), 19) << "it may be copied now";
  auto bound = with_flags(0, 0x18);
  EXPECT_EQ(bound.failed(), 19) << "it may not any more";
}

// WA §7.2 steps 20 and 21
TEST(Authentication, Steps20And21EveryBitOfWhatIsSignedIsSigned) {
  for (const auto& name : names_of("authentication")) {
    const auto& vector = vector_named(name + "/authentication");
    const auto each_bit = [&](Bytes AuthenticationResponse::* part) {
      const auto bits = (AuthenticationCase(name).response.*part).size() * 8;
      for (std::size_t bit = 0; bit < bits; bit += 7) {
        AuthenticationCase one(name);
        one.relying_party.cross_origin = vector.at("cross_origin").as_bool();
        if (vector.at("top_origin").is_string()) one.relying_party.top_origins = {"https://example.com"};
        (one.response.*part).at(bit / 8) ^= std::byte(1U << bit % 8);
        ASSERT_NE(one.failed(), 0) << name << ", bit " << bit;
      }
    };
    each_bit(&AuthenticationResponse::authenticator_data);
    each_bit(&AuthenticationResponse::client_data_json);
    each_bit(&AuthenticationResponse::signature);
  }
  auto spaced = with_client_data("{", "{ ");
  EXPECT_EQ(spaced.failed(), 21) << "the bytes as they came are hashed";
  AuthenticationCase longer(kPlain);
  longer.response.signature.push_back(std::byte{0});
  EXPECT_EQ(longer.failed(), 21) << "strict DER";
  AuthenticationCase swapped(kPlain);
  swapped.known->public_key = AuthenticationCase("packed-self-es256").known->public_key;
  EXPECT_EQ(swapped.failed(), 21) << "another's key";
  swapped.known->public_key = AuthenticationCase("packed-eddsa").known->public_key;
  EXPECT_EQ(swapped.failed(), 21) << "a key of another algorithm";
}

// WA §7.2 step 22
TEST(Authentication, Step22ACountGrowsOrIsNone) {
  AuthenticationCase never(kPlain);
  ASSERT_EQ(never.response.authenticator_data.at(kCount + 3), std::byte{0});
  EXPECT_EQ(never.failed(), 0) << "it counts nothing";
  EXPECT_FALSE(never.verdict()->count_went_back);
  never.known->sign_count = 5;
  EXPECT_EQ(never.failed(), 22) << "0 after 5";
  never.refuse_count_going_back = false;
  EXPECT_TRUE(never.verdict()->count_went_back);
}

}  // namespace
}  // namespace secureauth::webauthn
