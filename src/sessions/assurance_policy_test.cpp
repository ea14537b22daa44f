#include "sessions/assurance_policy.hpp"

#include "core/clock_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::sessions {
namespace {

using accounts::Factor;
using accounts::Role;
using std::chrono::seconds;

class AssurancePolicyTest : public testing::Test {
 protected:
  /// Signed in now with the password.
  Session session() {
    Session made;
    made.assurance = {.aal = 1, .amr = {"pwd"}, .auth_time = clock_.now()};
    return made;
  }
  /// Signed in now with a second factor.
  Session strong() {
    auto made = session();
    made.user.second_factors = {Factor::totp, Factor::recovery_code};
    made.assurance.aal = 2;
    made.assurance.stepped_up_at = clock_.now();
    return made;
  }
  /// A second factor was skipped, or enrolled elsewhere meanwhile.
  Session falls_short() {
    auto made = strong();
    made.assurance.aal = 1;
    return made;
  }
  std::optional<ErrorCode> refusal(const Session& who, const Access& access) {
    const auto verdict = policy_.check(who, access);
    return verdict ? std::nullopt : std::optional(verdict.error().code);
  }

  SetClock clock_;
  AssurancePolicy policy_{clock_, seconds(300), {Role::staff, Role::admin}};
};

TEST_F(AssurancePolicyTest, ASignInIsRecentForItsTimeAndNoStepUpByPassword) {  // ASVS 7.5.1, 7.5.2
  const auto who = session();
  EXPECT_EQ(refusal(who, {.proof = Proof::recent}), std::nullopt);
  EXPECT_EQ(refusal(who, {.proof = Proof::stepped_up}), ErrorCode::step_up_required);
  clock_.advance(seconds(299));
  EXPECT_EQ(refusal(who, {.proof = Proof::recent}), std::nullopt);
  clock_.advance(seconds(1));
  EXPECT_EQ(refusal(who, {.proof = Proof::recent}), ErrorCode::step_up_required);
  EXPECT_EQ(refusal(who, {}), std::nullopt);
}

TEST_F(AssurancePolicyTest, ASignInIsAsFreshAsSomebodyAsks) {  // ASVS 7.5.3
  const auto who = session();
  clock_.advance(seconds(59));
  EXPECT_TRUE(policy_.check_age(who, seconds(60)));
  clock_.advance(seconds(1));
  EXPECT_EQ(policy_.check_age(who, seconds(60)).error().code, ErrorCode::step_up_required);
  EXPECT_TRUE(policy_.check_age(who, seconds(3600)));
  EXPECT_FALSE(policy_.check_age(falls_short(), seconds(3600)));
}

TEST_F(AssurancePolicyTest, ASecondFactorIsAStepUpForItsTime) {  // ASVS 7.5.1, 7.5.3
  const auto who = strong();
  EXPECT_EQ(refusal(who, {.proof = Proof::stepped_up}), std::nullopt);
  EXPECT_EQ(refusal(who, {.proof = Proof::stepped_up_if_factor}), std::nullopt);
  clock_.advance(seconds(300));
  EXPECT_EQ(refusal(who, {.proof = Proof::stepped_up}), ErrorCode::step_up_required);
  EXPECT_EQ(refusal(who, {.proof = Proof::stepped_up_if_factor}), ErrorCode::step_up_required);
}

TEST_F(AssurancePolicyTest, WhoeverFallsShortOfTheAccountIsNeverFresh) {  // ASVS 7.5.1, attack 14
  const auto who = falls_short();
  for (const auto proof : {Proof::recent, Proof::stepped_up, Proof::stepped_up_if_factor}) {
    EXPECT_EQ(refusal(who, {.proof = proof}), ErrorCode::step_up_required);
  }
  EXPECT_EQ(refusal(who, {}), std::nullopt);
}

TEST_F(AssurancePolicyTest, ACodeIsNoFreshProofWhereThereIsAPasskey) {  // ASVS 7.5.1
  auto who = strong();
  who.user.second_factors = {Factor::webauthn, Factor::totp, Factor::recovery_code};
  who.assurance.factor = Factor::totp;
  for (const auto proof : {Proof::recent, Proof::stepped_up, Proof::stepped_up_if_factor}) {
    EXPECT_EQ(refusal(who, {.proof = proof}), ErrorCode::step_up_required);
  }
  EXPECT_EQ(refusal(who, {.aal = 2}), std::nullopt) << "it signs in all the same";
  const std::vector<std::string> stronger{"webauthn", "recovery_code"};
  EXPECT_EQ(policy_.check(who, {.proof = Proof::recent}).error().methods, stronger);
  who.assurance.factor = std::nullopt;  // by the version before this one
  EXPECT_EQ(refusal(who, {.proof = Proof::stepped_up}), ErrorCode::step_up_required);
  for (const auto factor : {Factor::webauthn, Factor::recovery_code}) {
    who.assurance.factor = factor;
    EXPECT_EQ(refusal(who, {.proof = Proof::stepped_up}), std::nullopt);
  }
}

TEST_F(AssurancePolicyTest, AConfirmingCodeNeitherTakesNorRenewsAStrongerProof) {  // ASVS 7.5.1
  Assurance assurance{.aal = 2, .amr = {"hwk"}, .auth_time = clock_.now(), .stepped_up_at = clock_.now()};
  assurance.factor = Factor::webauthn;
  const auto before = clock_.now();
  clock_.advance(seconds(200));
  const auto after = raised_by_enrolment(assurance, {Factor::totp, {"otp", "mfa"}}, clock_.now());
  EXPECT_EQ(after.factor, Factor::webauthn);
  EXPECT_EQ(after.auth_time, before);
  EXPECT_EQ(after.stepped_up_at, before);
  const auto again = raised(assurance, {Factor::webauthn, {"hwk", "user", "mfa"}}, clock_.now());
  EXPECT_EQ(again.stepped_up_at, clock_.now());
  EXPECT_EQ(again.amr, (std::vector<std::string>{"hwk", "user", "mfa"}));
}

// ASVS 7.5.1: somebody who signed in with a recovery code, or by a passkey that is gone, steps up by his app.
TEST_F(AssurancePolicyTest, ACodeRenewsWhateverWasProvenBefore) {
  for (const auto factor : {Factor::webauthn, Factor::recovery_code}) {
    const Assurance old{.aal = 2, .amr = {"mfa"}, .auth_time = clock_.now(), .factor = factor};
    clock_.advance(seconds(1000));
    const auto after = raised(old, {Factor::totp, {"otp", "mfa"}}, clock_.now());
    EXPECT_EQ(after.stepped_up_at, clock_.now());
    EXPECT_EQ(after.factor, Factor::totp);
  }
}

TEST_F(AssurancePolicyTest, WithoutASecondFactorNothingMoreIsAskedWhereOneWouldBe) {  // ASVS 6.2.3
  auto who = session();
  clock_.advance(seconds(1000));
  EXPECT_EQ(refusal(who, {.proof = Proof::stepped_up_if_factor}), std::nullopt);
}

TEST_F(AssurancePolicyTest, TheRefusalSaysByWhatOneStepsUp) {
  const std::vector<std::string> password{"password"};
  const std::vector<std::string> factors{"totp", "recovery_code"};
  EXPECT_EQ(policy_.check(session(), {.proof = Proof::stepped_up}).error().methods, password);
  EXPECT_EQ(policy_.check(falls_short(), {.aal = 2}).error().methods, factors);
}

TEST_F(AssurancePolicyTest, ARoleThatMustHaveASecondFactorMayOnlyEnrolOne) {  // ASVS 6.3.3
  for (const auto role : {Role::user, Role::staff, Role::admin}) {
    auto who = session();
    who.user.role = role;
    const bool must = role != Role::user;
    EXPECT_EQ(refusal(who, {}), must ? std::optional(ErrorCode::mfa_enrolment_required) : std::nullopt);
    EXPECT_EQ(refusal(who, {.while_enrolling = true}), std::nullopt);
    auto with = strong();
    with.user.role = role;
    EXPECT_EQ(refusal(with, {}), std::nullopt);
  }
}

TEST_F(AssurancePolicyTest, WhoseFactorsWereTakenAwayMayOnlyEnrolOne) {  // ASVS 6.4.4
  auto who = session();
  who.user.must_enrol_factor = true;
  EXPECT_EQ(refusal(who, {}), ErrorCode::mfa_enrolment_required);
  EXPECT_EQ(refusal(who, {.while_enrolling = true}), std::nullopt);
  EXPECT_EQ(refusal(who, {.proof = Proof::recent, .while_enrolling = true}), std::nullopt);
}

TEST_F(AssurancePolicyTest, ARoleMayDoWhatOnesBelowItMay) {  // ASVS 8.4.2
  for (const auto needed : {Role::user, Role::staff, Role::admin}) {
    for (const auto role : {Role::user, Role::staff, Role::admin}) {
      auto who = strong();
      who.user.role = role;
      const auto expected = role >= needed ? std::nullopt : std::optional(ErrorCode::forbidden);
      EXPECT_EQ(refusal(who, {.aal = 2, .role = needed}), expected);
    }
  }
}

TEST_F(AssurancePolicyTest, AnAssuranceLevelIsAskedOfTheSessionNotOfTheAccount) {  // ASVS 6.3.3
  EXPECT_EQ(refusal(session(), {.aal = 2}), ErrorCode::mfa_enrolment_required);
  EXPECT_EQ(refusal(falls_short(), {.aal = 2}), ErrorCode::step_up_required);
  EXPECT_EQ(refusal(strong(), {.aal = 2}), std::nullopt);
}

TEST_F(AssurancePolicyTest, AccessIsWrittenForTheListOfRoutes) {
  EXPECT_EQ(Access{}.text(), "any");
  const Access all{.proof = Proof::stepped_up, .aal = 2, .role = Role::admin, .while_enrolling = true};
  EXPECT_EQ(all.text(), "stepped_up aal2 admin while_enrolling");
}

}  // namespace
}  // namespace secureauth::sessions
