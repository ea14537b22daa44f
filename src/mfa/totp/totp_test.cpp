#include "mfa/totp/totp.hpp"

#include <gtest/gtest.h>

namespace secureauth::mfa {
namespace {

using std::chrono::seconds;

Timestamp at(std::int64_t unix_seconds) {
  return Timestamp(seconds(unix_seconds));
}

// RFC 6238, appendix B; its secrets are the digits repeated to the length of each digest.
struct Vector {
  std::int64_t time;
  TotpAlgorithm algorithm;
  const char* code;
};

constexpr auto kSha1 = TotpAlgorithm::sha1;
constexpr auto kSha256 = TotpAlgorithm::sha256;
constexpr auto kSha512 = TotpAlgorithm::sha512;

const Vector kVectors[] = {
    {59, kSha1, "94287082"},          {59, kSha256, "46119246"},          {59, kSha512, "90693936"},
    {1111111109, kSha1, "07081804"},  {1111111109, kSha256, "68084774"},  {1111111109, kSha512, "25091201"},
    {1111111111, kSha1, "14050471"},  {1111111111, kSha256, "67062674"},  {1111111111, kSha512, "99943326"},
    {1234567890, kSha1, "89005924"},  {1234567890, kSha256, "91819424"},  {1234567890, kSha512, "93441116"},
    {2000000000, kSha1, "69279037"},  {2000000000, kSha256, "90698825"},  {2000000000, kSha512, "38618901"},
    {20000000000, kSha1, "65353130"}, {20000000000, kSha256, "77737706"}, {20000000000, kSha512, "47863826"},
};

crypto::SecretBytes secret_for(TotpAlgorithm algorithm) {
  const std::string digits = "1234567890123456789012345678901234567890123456789012345678901234";
  const auto size = algorithm == kSha1 ? 20U : algorithm == kSha256 ? 32U : 64U;
  return crypto::SecretBytes(std::string_view(digits).substr(0, size));
}

class AppendixB : public testing::TestWithParam<Vector> {};

TEST_P(AppendixB, GivesTheCodeOfTheStandard) {  // RFC 6238 appendix B; ASVS 6.5.5
  const auto [time, algorithm, code] = GetParam();
  const TotpParameters eight{algorithm, 8, seconds(30)};
  EXPECT_EQ(totp_code(secret_for(algorithm), eight, totp_step(at(time), eight)), code);
  const TotpParameters six{algorithm, 6, seconds(30)};
  EXPECT_EQ(totp_code(secret_for(algorithm), six, totp_step(at(time), six)), std::string(code).substr(2))
      << "six digits are the last ones (RFC 4226 §5.3)";
}
INSTANTIATE_TEST_SUITE_P(Rfc6238, AppendixB, testing::ValuesIn(kVectors));

class TotpTest : public testing::Test {
 protected:
  /// Gives a code of that many steps away from now.
  TotpMatch try_code(int steps_ahead, TotpPosition position = {}, int skew = 1) const {
    const auto code = totp_code(secret_, parameters_, totp_step(now_, parameters_) + steps_ahead);
    return match_totp(secret_, parameters_, code, now_, skew, position);
  }
  TotpVerdict verdict(int steps_ahead, TotpPosition position = {}, int skew = 1) const {
    return try_code(steps_ahead, position, skew).verdict;
  }

  TotpParameters parameters_;
  crypto::SecretBytes secret_ = secret_for(kSha1);
  Timestamp now_ = at(1'700'000'000);
  std::int64_t present_ = totp_step(now_, parameters_);
};

TEST_F(TotpTest, AcceptsOneStepOnEitherSideAndNoMore) {  // ASVS 6.5.5; RFC 6238 §5.2
  for (int ahead = -1; ahead <= 1; ++ahead) EXPECT_EQ(verdict(ahead), TotpVerdict::fresh) << ahead;
  for (const int ahead : {-3, -2, 2, 3}) EXPECT_EQ(verdict(ahead), TotpVerdict::wrong) << ahead;
}

TEST_F(TotpTest, WithoutSkewOnlyThePresentStepWillDo) {  // ASVS 6.5.5: a life of 30 seconds
  EXPECT_EQ(verdict(0, {}, 0), TotpVerdict::fresh);
  for (const int ahead : {-1, 1}) EXPECT_EQ(verdict(ahead, {}, 0), TotpVerdict::wrong) << ahead;
}

TEST_F(TotpTest, ACodeIsFreshOnlyPastTheLastAcceptedStep) {  // ASVS 6.5.1; RFC 6238 §5.2
  for (int ahead = -1; ahead <= 1; ++ahead) {
    EXPECT_EQ(verdict(ahead, {.last_step = present_ + ahead}), TotpVerdict::used) << ahead;
    EXPECT_EQ(verdict(ahead, {.last_step = present_ + ahead + 1}), TotpVerdict::used) << ahead;
    EXPECT_EQ(verdict(ahead, {.last_step = present_ + ahead - 1}), TotpVerdict::fresh) << ahead;
  }
  EXPECT_EQ(try_code(0, {.drift = 1, .last_step = present_}).position, (TotpPosition{1, present_})) << "as it was";
}

TEST_F(TotpTest, AFreshCodeMovesTheStepAndTheDriftToIt) {
  for (int ahead = -1; ahead <= 1; ++ahead) {
    EXPECT_EQ(try_code(ahead).position, (TotpPosition{ahead, present_ + ahead})) << ahead;
  }
}

TEST_F(TotpTest, FollowsAClockThatRunsAheadOrBehind) {  // RFC 6238 §6
  for (const int way : {1, -1}) {
    TotpPosition position;
    auto ahead = 0;
    for (now_ = at(1'700'000'000); ahead != 5 * way; now_ += seconds(3000)) {
      ahead += way;
      const auto match = try_code(ahead, position);
      ASSERT_EQ(match.verdict, TotpVerdict::fresh) << ahead;
      position = match.position;
    }
    EXPECT_EQ(position.drift, 5 * way);
    EXPECT_EQ(verdict(ahead + 2, position), TotpVerdict::wrong) << "the window moves, it does not grow";
    EXPECT_EQ(verdict(ahead - 2, position), TotpVerdict::wrong);
  }
}

TEST_F(TotpTest, FollowsAClockOnlySoFar) {
  const TotpPosition farthest{.drift = kMostTotpDrift};
  EXPECT_EQ(try_code(kMostTotpDrift + 1, farthest).position.drift, kMostTotpDrift);
  EXPECT_EQ(verdict(kMostTotpDrift + 2, farthest), TotpVerdict::wrong);
  const TotpPosition latest{.drift = -kMostTotpDrift};
  EXPECT_EQ(try_code(-kMostTotpDrift - 1, latest).position.drift, -kMostTotpDrift);
}

TEST_F(TotpTest, WhatIsRightByOurClockStaysRightWhateverWasLearnt) {
  const TotpPosition late{.drift = -1, .last_step = present_ - 10};
  for (const int offset : {-1, 0, 1}) {
    const auto match = try_code(offset, late);
    EXPECT_EQ(match.verdict, TotpVerdict::fresh) << offset;
    EXPECT_EQ(match.position, (TotpPosition{offset, present_ + offset}));
  }
  EXPECT_EQ(verdict(2, late), TotpVerdict::wrong);
}

TEST_F(TotpTest, ACodeIsExactlySoManyAsciiDigits) {
  EXPECT_TRUE(is_totp_code("012345", 6));
  for (const auto* text : {"", "12345", "1234567", "12345a", " 12345", "+12345", "12345\n", "１２"}) {
    EXPECT_FALSE(is_totp_code(text, 6)) << text;
  }
  EXPECT_FALSE(is_totp_code(std::string_view("12345\0", 6), 6));
  EXPECT_EQ(match_totp(secret_, parameters_, "", now_, 1, {}).verdict, TotpVerdict::wrong);
}

TEST_F(TotpTest, MakesNoCodeOfMoreDigitsThanTheStandardHas) {  // RFC 6238 §1.2: 6 to 8
  EXPECT_THROW(static_cast<void>(totp_code(secret_, {kSha1, 9, seconds(30)}, present_)), std::logic_error);
}

TEST_F(TotpTest, AnotherSecretPeriodOrAlgorithmGivesOtherCodes) {
  const auto code = totp_code(secret_, parameters_, present_);
  EXPECT_EQ(match_totp(secret_for(kSha256), parameters_, code, now_, 1, {}).verdict, TotpVerdict::wrong);
  EXPECT_EQ(match_totp(secret_, {kSha512, 6, seconds(30)}, code, now_, 1, {}).verdict, TotpVerdict::wrong);
  EXPECT_EQ(match_totp(secret_, {kSha1, 6, seconds(60)}, code, now_, 1, {}).verdict, TotpVerdict::wrong);
}

}  // namespace
}  // namespace secureauth::mfa
