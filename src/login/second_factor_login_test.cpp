#include "login/second_factor_login.hpp"

#include "accounts/user_store.hpp"
#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "crypto/encoding.hpp"
#include "crypto/uuid.hpp"
#include "login/step_up.hpp"
#include "mfa/factor_reset.hpp"
#include "mfa/factor_store.hpp"
#include "protection/guess_fixture.hpp"

#include <algorithm>

namespace secureauth::login {
namespace {

using accounts::Factor;
using std::chrono::minutes, std::chrono::seconds;
constexpr std::string_view kAddress = "ann@example.org";
constexpr std::string_view kPassword = "three kilns and a heron";
constexpr std::string_view kSite = "https://auth.example";

/// An account with an authenticator, and everything that signs it in.
class SecondFactorLoginTest : public app::FeatureFixture {
 protected:
  SecondFactorLoginTest() {
    ann_ = {.id = UserId(crypto::uuid_v7(random_, clock_.now())),
            .email = std::string(kAddress),
            .name = std::nullopt,
            .email_verified = true,
            .status = accounts::Status::active,
            .created_at = clock_.now()};
    auto hash = wait(hasher_.hash(password(kPassword))).value();
    EXPECT_TRUE(wait(accounts::user_store::insert(*database_, ann_, ann_.email, std::move(hash))));
    secret_ = enrol();
    clock_.advance(minutes(20));  // past the confirming code, and past a first sign-in
  }
  /// The authenticator's secret.
  crypto::SecretBytes enrol() {
    std::string base32;
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      const auto provision = co_await totp_.begin(tx, ann_);
      base32 = provision.secret;
      const auto code = mfa::totp_code(decoded(base32), {}, mfa::totp_step(clock_.now(), {}));
      const auto confirmed = co_await totp_.confirm(tx, ann_.id, code);
      EXPECT_TRUE(confirmed.value());
      co_await mfa::factor_store::refresh(tx, ann_.id, true);
      co_return Result<void>{};
    };
    EXPECT_TRUE(wait(database_->transaction(body)));
    return decoded(base32);
  }
  static crypto::SecretBytes decoded(std::string_view base32) {
    std::string bytes;
    unsigned bits = 0;
    unsigned held = 0;
    for (const char c : base32) {
      held = held << 5U | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
      bits += 5;
      if (bits < 8) continue;
      bits -= 8;
      bytes.push_back(static_cast<char>(held >> bits & 0xFFU));
    }
    return crypto::SecretBytes(bytes);
  }
  std::string code(int offset = 0) { return mfa::totp_code(secret_, {}, mfa::totp_step(clock_.now(), {}) + offset); }
  std::string wrong_code() {
    std::vector<std::string> near;
    for (int offset = -15; offset <= 15; ++offset) near.push_back(code(offset));
    std::string guess = "000000";
    while (std::ranges::find(near, guess) != near.end()) ++guess.back();
    return guess;
  }

  Login::Outcome sign_in(std::string trusted_browser = "") {
    Login::Request request{.email = email(kAddress),
                           .password = password(kPassword),
                           .client = client_,
                           .presented = std::nullopt,
                           .known_browser = "",
                           .trusted_browser = std::move(trusted_browser)};
    return wait(login_(std::move(request))).value();
  }
  Login::MfaDue challenge(std::string trusted_browser = "") {
    return std::get<Login::MfaDue>(sign_in(std::move(trusted_browser)));
  }
  static SecondFactorLogin::Request request_of(const Login::MfaDue& due, const ClientInfo& client) {
    return {.challenge = {due.challenge.hash(), due.browser.hash()},
            .client = client,
            .presented = std::nullopt,
            .known_browser = {}};
  }
  Result<Admitted> answer(const Login::MfaDue& due, std::string text, std::string known_browser = "") {
    auto request = request_of(due, client_);
    request.known_browser = std::move(known_browser);
    return wait(second_.with_totp(std::move(request), std::move(text)));
  }
  ErrorCode refusal(const Login::MfaDue& due, std::string text) { return answer(due, std::move(text)).error().code; }
  sessions::SessionRef session(const Admitted& admitted) {
    return wait(sessions_.check(admitted.session.token)).value();
  }
  std::vector<std::string> mailed() { return select("SELECT kind FROM mails ORDER BY created_at, id"); }

  audit::AuditLog audit_{clock_, random_, audit::keys_for_tests()};
  crypto::SecretBytes key_{32};
  crypto::KeyRing keys_{key_, {}};
  mail::Outbox outbox_{clock_, random_, key_};
  accounts::AccountLetters letters_{"auth.example", std::string(kSite)};
  passwords::HashingPool pool_{{.threads = 1}};
  passwords::PasswordHasher hasher_{pool_, {.memory_kib = 8192, .time = 1, .parallelism = 1}, random_};
  sessions::Sessions sessions_{
      {.database = *database_, .policy = assurance_, .audit = audit_, .clock = clock_, .random = random_},
      {.idle_timeout = seconds(900), .absolute_timeout = seconds(43200)}};
  mfa::TotpAuthenticators totp_{
      {.keys = keys_, .audit = audit_, .clock = clock_, .random = random_},
      {.issuer = "auth.example", .fresh = {}, .skew_steps = 1, .enrolment_ttl = seconds(300)}};
  mfa::FactorChanges changes_{
      {.sessions = sessions_, .outbox = outbox_, .letters = letters_, .audit = audit_, .clock = clock_}};
  protection::FactorGuesses guesses_{clock_, {.in_window = 10, .window = minutes(15), .in_a_row = 100}};
  mfa::RecoveryCodes recovery_{{.database = *database_,
                                .hasher = hasher_,
                                .sessions = sessions_,
                                .changes = changes_,
                                .guesses = guesses_,
                                .clock = clock_,
                                .random = random_}};
  protection::KnownBrowsers browsers_{key_, kSite, protection::KnownBrowsers::kKnown, clock_, random_};
  protection::KnownBrowsers trusted_{key_, kSite, protection::KnownBrowsers::trusted_for(std::chrono::days(30)), clock_,
                                     random_};
  Admission admission_{{.browsers = browsers_,
                        .trusted_browsers = trusted_,
                        .policy = assurance_,
                        .outbox = outbox_,
                        .letters = letters_,
                        .clock = clock_}};
  protection::GuessFixture parts_{*database_, clock_, random_};
  accounts::PasswordOutcomes outcomes_{{parts_.guesses, outbox_, letters_, audit_, clock_}};
  Login login_{{.database = *database_,
                .hasher = hasher_,
                .sessions = sessions_,
                .policy = assurance_,
                .admission = admission_,
                .guesses = parts_.guesses,
                .outcomes = outcomes_,
                .watch = parts_.watch,
                .work = parts_.work,
                .known_browsers = browsers_,
                .trusted_browsers = trusted_,
                .passkeys = passkey_requests_,
                .outbox = outbox_,
                .letters = letters_,
                .audit = audit_,
                .digest = audit::digest_for_tests(),
                .clock = clock_,
                .random = random_},
               seconds(300)};
  FactorProof proof_{{.database = *database_,
                      .sessions = sessions_,
                      .totp = totp_,
                      .recovery = recovery_,
                      .guesses = guesses_,
                      .outbox = outbox_,
                      .letters = letters_,
                      .audit = audit_,
                      .clock = clock_}};
  SecondFactorLogin second_{
      {.database = *database_, .sessions = sessions_, .proof = proof_, .admission = admission_, .clock = clock_}};
  accounts::User ann_;
  crypto::SecretBytes secret_;
};

TEST_F(SecondFactorLoginTest, OpensASessionThatKnowsWhatWasProven) {  // ASVS 6.3.3, 63B §2.2.2
  const auto due = challenge();
  EXPECT_EQ(due.methods, std::vector{Factor::totp});
  EXPECT_TRUE(select("SELECT id FROM sessions").empty()) << "a challenge is no session";
  const auto opened = session(answer(due, code()).value());
  EXPECT_EQ(opened->assurance.aal, 2);
  EXPECT_EQ(opened->assurance.amr, (std::vector<std::string>{"pwd", "otp", "mfa"}));
  EXPECT_TRUE(assurance_.is_stepped_up(*opened));
}

TEST_F(SecondFactorLoginTest, AChallengeLivesItsTimeToTheSecond) {  // ASVS 6.6.2
  const auto in_time = challenge();
  const auto too_late = challenge();
  clock_.advance(seconds(299));
  EXPECT_TRUE(answer(in_time, code()));
  clock_.advance(seconds(1));
  EXPECT_EQ(refusal(too_late, code(1)), ErrorCode::challenge_expired);
}

TEST_F(SecondFactorLoginTest, AChallengeIsOnlyForTheBrowserThatItWasGivenTo) {  // ASVS 6.6.2, attack 13
  const auto mine = challenge();
  auto stolen = mine;
  stolen.browser = challenge().browser;
  EXPECT_EQ(refusal(stolen, code()), ErrorCode::challenge_expired);
  EXPECT_TRUE(answer(mine, code())) << "and a thief costs it no attempt";
}

TEST_F(SecondFactorLoginTest, AChallengeIsUsedOnce) {  // ASVS 2.3.1
  const auto due = challenge();
  EXPECT_TRUE(answer(due, code()));
  EXPECT_EQ(refusal(due, code(1)), ErrorCode::challenge_expired);
}

TEST_F(SecondFactorLoginTest, FiveWrongCodesEndAChallengeAndTheRightOneComesTooLate) {  // ASVS 6.6.3
  const auto due = challenge();
  for (int i = 0; i < challenge_store::kMostAttempts; ++i) EXPECT_EQ(refusal(due, wrong_code()), ErrorCode::mfa_failed);
  EXPECT_EQ(refusal(due, code()), ErrorCode::challenge_expired);
}

TEST_F(SecondFactorLoginTest, GuessesAddUpOverChallengesAndARightPasswordForgivesNone) {  // 63B §3.2.2, attack 12
  for (int i = 0; i < 10; ++i) EXPECT_EQ(refusal(challenge(), wrong_code()), ErrorCode::mfa_failed);
  EXPECT_EQ(refusal(challenge(), code()), ErrorCode::account_locked);
  const auto kinds = mailed();
  EXPECT_EQ(std::ranges::count(kinds, "account_locked"), 1) << "the owner hears of it once";
  clock_.advance(minutes(15));
  EXPECT_TRUE(answer(challenge(), code()));
}

TEST_F(SecondFactorLoginTest, ALockOfStrangersLeavesTheOwnersBrowserAlone) {  // ASVS 6.1.1, attack 12
  const auto known = answer(challenge(), code()).value().known_browser;
  clock_.advance(minutes(5));
  for (int i = 0; i < 10; ++i) answer(challenge(), wrong_code());
  EXPECT_EQ(refusal(challenge(), code()), ErrorCode::account_locked);
  EXPECT_TRUE(answer(challenge(), code(), known));
}

TEST_F(SecondFactorLoginTest, WhoKnowsThePasswordOnlyHasNoKnownBrowser) {  // ASVS 6.1.1, 63B §3.2.2
  // Signed in before there was a second factor: known as far as the password goes.
  const auto cookie = browsers_.remember("", {ann_.id, 1});
  for (int i = 0; i < 10; ++i) answer(challenge(), wrong_code());
  EXPECT_EQ(answer(challenge(), wrong_code(), cookie).error().code, ErrorCode::account_locked);
}

TEST_F(SecondFactorLoginTest, ACodeOfAnotherLengthCostsNoTry) {  // RFC 4226 §5.3
  const auto due = challenge();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(refusal(due, "12345"), ErrorCode::validation_failed);
  EXPECT_TRUE(answer(due, code()));
}

TEST_F(SecondFactorLoginTest, ACodeWorksOnceAndTheOwnerHearsOfASecondUse) {  // ASVS 6.5.1, 6.3.5
  EXPECT_TRUE(answer(challenge(), code()));
  EXPECT_EQ(refusal(challenge(), code()), ErrorCode::code_already_used);
  EXPECT_EQ(std::ranges::count(mailed(), "code_replayed"), 1);
  EXPECT_EQ(select("SELECT details FROM audit_logs WHERE event = 'login.failed'").at(0),
            R"({"method":"totp","reason":"code_already_used"})");
}

TEST_F(SecondFactorLoginTest, ASecondUseCountsAsAGuess) {  // ASVS 6.5.1, 63B §3.2.2
  EXPECT_TRUE(answer(challenge(), code()));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(refusal(challenge(), code()), ErrorCode::code_already_used);
  EXPECT_EQ(refusal(challenge(), code(1)), ErrorCode::account_locked);
}

TEST_F(SecondFactorLoginTest, ACodeIsSpentOnlyWithTheSessionThatItOpens) {  // ASVS 2.3.3
  const auto due = challenge();
  wait(database_->execute(db::Statement{"ALTER TABLE sessions RENAME TO elsewhere"}, db::Params()));
  EXPECT_THROW(answer(due, code()), db::DatabaseError);
  wait(database_->execute(db::Statement{"ALTER TABLE elsewhere RENAME TO sessions"}, db::Params()));
  EXPECT_TRUE(answer(due, code())) << "nothing of the failed attempt was kept";
}

TEST_F(SecondFactorLoginTest, WhatHappensToTheAccountVoidsTheChallenge) {  // ASVS 7.4.2, 6.5.6, 6.4.3
  for (const auto* change :
       {"UPDATE users SET password_version = password_version + 1",
        "UPDATE users SET factors_version = factors_version + 1", "UPDATE users SET status = 'disabled'",
        "UPDATE users SET password_must_change = 'staff'"}) {
    const auto due = challenge();
    wait(database_->execute(db::Statement{change}, db::Params()));
    EXPECT_EQ(refusal(due, code()), ErrorCode::challenge_expired) << change;
    wait(database_->execute(db::Statement{"UPDATE users SET status = 'active', password_must_change = NULL"},
                            db::Params()));
  }
}

TEST_F(SecondFactorLoginTest, AStrangersWrongCodeIsNewsAndTheOwnersSlipIsNot) {  // ASVS 6.3.5
  const auto known = answer(challenge(), code()).value().known_browser;
  const auto news = [&] { return std::ranges::count(mailed(), "second_factor_failed"); };
  answer(challenge(), wrong_code(), known);
  answer(challenge(), wrong_code(), known);
  EXPECT_EQ(news(), 0);
  answer(challenge(), wrong_code(), known);
  EXPECT_EQ(news(), 1) << "a third in a row is no slip";
  clock_.advance(std::chrono::hours(2));
  answer(challenge(), code(), known);
  answer(challenge(), wrong_code());
  EXPECT_EQ(news(), 2) << "a wrong code from elsewhere, after the right password";
}

TEST_F(SecondFactorLoginTest, ASignInAfterManyWrongCodesIsTold) {  // ASVS 6.3.5
  for (int i = 0; i < 4; ++i) answer(challenge(), wrong_code());
  EXPECT_TRUE(answer(challenge(), code()));
  EXPECT_EQ(std::ranges::count(mailed(), "sign_in_after_failures"), 0);
  clock_.advance(minutes(5));
  for (int i = 0; i < 5; ++i) answer(challenge(), wrong_code());
  EXPECT_TRUE(answer(challenge(), code()));
  EXPECT_EQ(std::ranges::count(mailed(), "sign_in_after_failures"), 1);
}

TEST_F(SecondFactorLoginTest, ATrustedBrowserIsAskedForThePasswordOnlyAndIsWorthNoMore) {  // ASVS 6.1.1, 6.3.3
  auto wish = request_of(challenge(), client_);
  wish.trust_cookie = "";
  const auto trusted = wait(second_.with_totp(std::move(wish), code())).value().trusted_browser.value().cookie;
  Login::Request again{.email = email(kAddress),
                       .password = password(kPassword),
                       .client = client_,
                       .presented = std::nullopt,
                       .known_browser = {},
                       .trusted_browser = trusted};
  const auto outcome = wait(login_(std::move(again))).value();
  const auto opened = session(std::get<Admitted>(outcome));
  EXPECT_EQ(opened->assurance.aal, 1);
  EXPECT_FALSE(assurance_.is_recent(*opened));
  EXPECT_FALSE(assurance_.is_stepped_up(*opened));
}

TEST_F(SecondFactorLoginTest, NoBrowserIsTrustedUnasked) {
  EXPECT_FALSE(answer(challenge(), code()).value().trusted_browser);
}

TEST_F(SecondFactorLoginTest, ARecoveryCodeThatWasNotLookedAtIsNoGuess) {  // 63B §3.2.2, attack 28
  passwords::HashingPool full{{.threads = 1, .max_wait = std::chrono::milliseconds(-1)}};
  const passwords::PasswordHasher refusing{full, {.memory_kib = 8192, .time = 1, .parallelism = 1}, random_};
  mfa::RecoveryCodes unhashed{{.database = *database_,
                               .hasher = refusing,
                               .sessions = sessions_,
                               .changes = changes_,
                               .guesses = guesses_,
                               .clock = clock_,
                               .random = random_}};
  FactorProof overloaded_proof{{.database = *database_,
                                .sessions = sessions_,
                                .totp = totp_,
                                .recovery = unhashed,
                                .guesses = guesses_,
                                .outbox = outbox_,
                                .letters = letters_,
                                .audit = audit_,
                                .clock = clock_}};
  SecondFactorLogin overloaded{{.database = *database_,
                                .sessions = sessions_,
                                .proof = overloaded_proof,
                                .admission = admission_,
                                .clock = clock_}};
  const auto refused = [&](SecondFactorLogin& by) {
    auto code = mfa::RecoveryCode::generate(random_);
    return wait(by.with_recovery_code(request_of(challenge(), client_), std::move(code))).error().code;
  };
  for (int i = 0; i < 11; ++i) EXPECT_EQ(refused(overloaded), ErrorCode::overloaded) << i;
  EXPECT_EQ(std::ranges::count(mailed(), "second_factor_failed"), 0);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(refused(second_), ErrorCode::mfa_failed) << i;
  EXPECT_EQ(refused(second_), ErrorCode::account_locked) << "what was looked at counts";
}

TEST_F(SecondFactorLoginTest, ExpiredChallengesAreForgotten) {  // ASVS 14.2.7
  challenge();
  clock_.advance(seconds(200));
  challenge();
  clock_.advance(seconds(100));
  wait(challenge_store::forget_expired(*database_, clock_.now()));
  EXPECT_EQ(select("SELECT user_id FROM sign_in_challenges").size(), 1U);
}

TEST_F(SecondFactorLoginTest, OnlyDigestsOfChallengeAndBrowserAreKept) {  // ASVS 6.6.2
  const auto due = challenge();
  const auto rows = wait(
      database_->execute(db::Statement{"SELECT challenge_hash, browser_hash FROM sign_in_challenges"}, db::Params()));
  const auto hash = due.challenge.hash();
  const auto browser = due.browser.hash();
  EXPECT_EQ(rows.front().bytes(0), db::Bytes(hash.begin(), hash.end()));
  EXPECT_EQ(rows.front().bytes(1), db::Bytes(browser.begin(), browser.end()));
}

TEST_F(SecondFactorLoginTest, AfterAResetOfTheFactorsThePasswordOpensEnrolmentOnly) {  // ASVS 6.4.4
  const auto waiting = challenge();
  const auto before = answer(challenge(), code()).value();
  mfa::FactorReset reset({.database = *database_,
                          .sessions = sessions_,
                          .totp = totp_,
                          .guesses = guesses_,
                          .outbox = outbox_,
                          .letters = letters_,
                          .audit = audit_,
                          .clock = clock_});
  sessions::Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    accounts::Account account{ann_, email(kAddress).key()};
    audit::Operator by{.client = client_};
    co_await reset(tx, std::move(account), std::move(by), ended);
    co_return Result<void>{};
  };
  EXPECT_TRUE(wait(sessions_.ending(body, ended)));
  EXPECT_EQ(refusal(waiting, code(1)), ErrorCode::challenge_expired);
  EXPECT_FALSE(wait(sessions_.check(before.session.token)));
  EXPECT_TRUE(assurance_.must_enrol(*session(std::get<Admitted>(sign_in()))));
}

}  // namespace
}  // namespace secureauth::login
