#include "mfa/passkeys/passkey_challenges.hpp"

#include "app/feature_fixture.hpp"

#include <algorithm>

namespace secureauth::mfa {
namespace {

using std::chrono::seconds;

class PasskeyChallengesTest : public app::FeatureFixture {
 protected:
  static constexpr crypto::Sha256 kHere{std::byte{1}};
  static constexpr crypto::Sha256 kElsewhere{std::byte{2}};

  PasskeyChallenges::Issued issue(PasskeyChallenge asked) {
    return wait(passkey_challenges_.issue(*database_, std::move(asked)));
  }
  PasskeyChallenges::Issued issue(PasskeyPurpose purpose) {
    return issue({.purpose = purpose, .binding = kHere, .user = std::nullopt});
  }
  Result<PasskeyChallenge> take(const PasskeyChallenges::Issued& issued, PasskeyPurpose purpose,
                                crypto::Sha256 binding = kHere) {
    return wait(passkey_challenges_.take(*database_, issued.id.text(), {purpose}, binding));
  }
};

// WA §13.4.3, ASVS 6.7.2
TEST_F(PasskeyChallengesTest, Are32BytesAndNeverTheSame) {
  const auto one = issue(PasskeyPurpose::sign_in);
  const auto other = issue(PasskeyPurpose::sign_in);
  EXPECT_EQ(one.challenge.size(), 32U);
  EXPECT_NE(one.challenge, other.challenge);
  EXPECT_NE(one.id.text(), other.id.text());
  EXPECT_EQ(take(one, PasskeyPurpose::sign_in)->challenge, one.challenge);
}

// WA §7.1 step 8, §7.2 step 11
TEST_F(PasskeyChallengesTest, AreTakenOnce) {
  const auto issued = issue(PasskeyPurpose::sign_in);
  EXPECT_TRUE(take(issued, PasskeyPurpose::sign_in));
  EXPECT_EQ(take(issued, PasskeyPurpose::sign_in).error().code, ErrorCode::challenge_expired);
}

// ASVS 6.7.2
TEST_F(PasskeyChallengesTest, LiveTheirTimeToTheSecond) {
  const auto in_time = issue(PasskeyPurpose::step_up);
  const auto late = issue(PasskeyPurpose::step_up);
  EXPECT_EQ(in_time.expires_at, clock_.now() + seconds(300));
  clock_.advance(seconds(299));
  EXPECT_TRUE(take(in_time, PasskeyPurpose::step_up));
  clock_.advance(seconds(1));
  EXPECT_EQ(take(late, PasskeyPurpose::step_up).error().code, ErrorCode::challenge_expired);
}

// WA §7.2 steps 1-2, attack 13
TEST_F(PasskeyChallengesTest, ServeTheirPurposeAndPlaceAloneAndAreBurntByAnyOther) {
  for (const auto purpose : {PasskeyPurpose::registration, PasskeyPurpose::sign_up, PasskeyPurpose::second_factor,
                             PasskeyPurpose::step_up}) {
    const auto login = issue(PasskeyPurpose::sign_in);
    EXPECT_EQ(take(login, purpose).error().code, ErrorCode::challenge_expired);
    EXPECT_FALSE(take(login, PasskeyPurpose::sign_in)) << "it is burnt";
    const auto other = issue(purpose);
    EXPECT_EQ(take(other, PasskeyPurpose::sign_in).error().code, ErrorCode::challenge_expired);
  }
  const auto mine = issue(PasskeyPurpose::sign_in);
  EXPECT_EQ(take(mine, PasskeyPurpose::sign_in, kElsewhere).error().code, ErrorCode::challenge_expired);
  EXPECT_FALSE(take(mine, PasskeyPurpose::sign_in)) << "it is burnt";
}

TEST_F(PasskeyChallengesTest, KeepWhatTheAnswerIsJudgedBy) {
  const std::vector<std::byte> id{std::byte{7}, std::byte{8}};
  const PasskeyChallenge asked{.purpose = PasskeyPurpose::sign_up,
                               .binding = kHere,
                               .user = std::nullopt,
                               .user_verification = webauthn::UserVerification::discouraged,
                               .named = {kElsewhere},
                               .user_handle = id,
                               .sign_in = kElsewhere,
                               .sign_up = PasskeyChallenge::SignUp{"ann@example.org", "Ann"}};
  const auto taken = take(issue(asked), PasskeyPurpose::sign_up).value();
  EXPECT_EQ(taken.user, std::nullopt);
  EXPECT_EQ(taken.user_verification, asked.user_verification);
  EXPECT_EQ(taken.named, asked.named);
  EXPECT_EQ(taken.user_handle, asked.user_handle);
  EXPECT_EQ(taken.sign_in, asked.sign_in);
  EXPECT_EQ(taken.sign_up->email, "ann@example.org");
  EXPECT_EQ(taken.sign_up->name, "Ann");
}

TEST_F(PasskeyChallengesTest, AreForgottenWhenTheyHaveExpired) {
  issue(PasskeyPurpose::sign_in);
  clock_.advance(seconds(200));
  issue(PasskeyPurpose::sign_in);
  clock_.advance(seconds(100));
  wait(passkey_challenges_.forget_expired(*database_));
  EXPECT_EQ(select("SELECT purpose FROM webauthn_challenges").size(), 1U);
}

}  // namespace
}  // namespace secureauth::mfa
