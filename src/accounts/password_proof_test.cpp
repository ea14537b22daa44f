#include "accounts/password_proof.hpp"

#include "accounts/account_fixture.hpp"
#include "passwords/busy_pool_fixture.hpp"

namespace secureauth::accounts {
namespace {

class PasswordProofTest : public AccountFixture {
 protected:
  /// How an attempt is refused, or nothing.
  std::optional<ErrorCode> prove(PasswordProof& proof, const sessions::SessionRef& session, std::string_view text) {
    PasswordProof::Attempt attempt{.session = session,
                                   .password = password(text),
                                   .client = client_,
                                   .known_browser = browser_,
                                   .failed = audit::Event::step_up_failed};
    const auto proven = wait(proof(std::move(attempt)));
    if (proven) return std::nullopt;
    return proven.error().code;
  }
  std::optional<ErrorCode> right(const sessions::SessionRef& session) { return prove(proof_, session, kPassword); }
  void guess_wrong(const sessions::SessionRef& session, int times) {
    for (int i = 0; i < times; ++i) {
      EXPECT_EQ(prove(proof_, session, "not the one"), ErrorCode::invalid_credentials) << i;
    }
  }
  std::size_t locks_recorded() {
    return select("SELECT id FROM audit_logs WHERE event = 'account.locked' AND outcome = 'failure'").size();
  }

  sessions::SessionRef session_ = sign_in(add_account("ann@example.org"));
  std::string browser_;
  passwords::HashingPool full_{{.threads = 1, .max_wait = std::chrono::milliseconds(-1)}};
  passwords::PasswordHasher refusing_{full_, {.memory_kib = 8192, .time = 1, .parallelism = 1}, random_};
  PasswordProof overloaded_{
      {.database = recorder_, .hasher = refusing_, .guesses = guesses_, .outcomes = outcomes_, .browsers = browsers_}};
};

TEST_F(PasswordProofTest, ARightPasswordClearsTheCount) {  // 63B §3.2.2
  for (int i = 0; i < 2; ++i) {
    guess_wrong(session_, 9);
    EXPECT_EQ(right(session_), std::nullopt);
  }
  EXPECT_EQ(locks_recorded(), 0U);
}

TEST_F(PasswordProofTest, AGuessThatWasNotLookedAtDoesNotCount) {
  for (int i = 0; i < 12; ++i) EXPECT_EQ(prove(overloaded_, session_, kPassword), ErrorCode::overloaded);
  guess_wrong(session_, 10);
  EXPECT_EQ(right(session_), ErrorCode::account_locked) << "what was looked at does";
}

TEST_F(PasswordProofTest, NoGuessIsWonByAFullQueue) {
  guess_wrong(session_, 9);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(prove(overloaded_, session_, "not the one"), ErrorCode::overloaded);
  guess_wrong(session_, 1);
  EXPECT_EQ(prove(overloaded_, session_, "not the one"), ErrorCode::account_locked);
  EXPECT_EQ(right(session_), ErrorCode::account_locked);
}

TEST_F(PasswordProofTest, TheOwnerHearsOfALockOnce) {  // ASVS 6.3.5
  guess_wrong(session_, 10);
  EXPECT_EQ(mails_of(mail::Kind::account_locked), 1U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(right(session_), ErrorCode::account_locked);
  ASSERT_EQ(mails_of(mail::Kind::account_locked), 1U);
  EXPECT_EQ(mail_of(mail::Kind::account_locked)->recipient, "ann@example.org");
  EXPECT_EQ(locks_recorded(), 1U);
}

TEST_F(PasswordProofTest, EachLockIsNews) {
  for (int i = 0; i < 3; ++i) {
    guess_wrong(session_, 10);
    EXPECT_EQ(right(session_), ErrorCode::account_locked);
    clock_.advance(std::chrono::minutes(15));
    EXPECT_EQ(right(session_), std::nullopt);
    clock_.advance(std::chrono::hours(1));
  }
  EXPECT_EQ(mails_of(mail::Kind::account_locked), 3U);
  EXPECT_EQ(locks_recorded(), 3U);
}

TEST_F(PasswordProofTest, AKnownBrowserHasAShareOfItsOwn) {  // ASVS 6.1.1
  guess_wrong(session_, 10);
  EXPECT_EQ(right(session_), ErrorCode::account_locked);
  browser_ = browsers_.remember("", {session_->user.id, 1});
  EXPECT_EQ(right(session_), std::nullopt);
}

TEST_F(PasswordProofTest, FiveFailuresBeforeTheRightOneAreTold) {  // ASVS 6.3.5
  for (const int failures : {4, 5}) {
    guess_wrong(session_, failures);
    EXPECT_EQ(right(session_), std::nullopt);
  }
  EXPECT_EQ(mails_of(mail::Kind::sign_in_after_failures), 1U);
}

TEST_F(PasswordProofTest, ALockThatNobodyWantsMailedIsRecordedAllTheSame) {  // MAIL_OFF
  const mail::Outbox silent(clock_, random_, key_, {}, {mail::Kind::account_locked});
  const PasswordOutcomes outcomes(
      {.guesses = guesses_, .outbox = silent, .letters = letters_, .audit = audit_, .clock = clock_});
  PasswordProof proof(
      {.database = recorder_, .hasher = hasher_, .guesses = guesses_, .outcomes = outcomes, .browsers = browsers_});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(prove(proof, session_, "not the one"), ErrorCode::invalid_credentials);
  EXPECT_EQ(mails_of(mail::Kind::account_locked), 0U);
  EXPECT_EQ(locks_recorded(), 1U);
}

TEST_F(PasswordProofTest, ADeletedAccountProvesNothing) {
  wait(user_store::erase(*database_, session_->user.id));
  EXPECT_EQ(right(session_), ErrorCode::unauthenticated);
}

TEST_F(PasswordProofTest, WhoIsSignedInWaitsForNoStranger) {  // ASVS 6.1.1
  passwords::BusyPool busy;
  passwords::PasswordHasher hasher(busy.pool, {.memory_kib = 8192, .time = 1, .parallelism = 1}, random_);
  PasswordProof proof(
      {.database = recorder_, .hasher = hasher, .guesses = guesses_, .outcomes = outcomes_, .browsers = browsers_});
  const auto soon = busy.let_go_soon();
  EXPECT_EQ(prove(proof, session_, kPassword), std::nullopt);
}

}  // namespace
}  // namespace secureauth::accounts
