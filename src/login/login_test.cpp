#include "login/login.hpp"

#include "accounts/user_store.hpp"
#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "crypto/uuid.hpp"
#include "db/recording_database_fixture.hpp"
#include "passwords/busy_pool_fixture.hpp"
#include "protection/guess_fixture.hpp"

#include <algorithm>

namespace secureauth::login {
namespace {

using passwords::Argon2Cost;
using std::chrono::seconds;

constexpr Argon2Cost kCheap{.memory_kib = 8192, .time = 1, .parallelism = 1};
constexpr Argon2Cost kDearer{.memory_kib = 8192, .time = 2, .parallelism = 1};
constexpr std::string_view kAddress = "ann@example.org";
constexpr std::string_view kPassword = "three kilns and a heron";

class LoginTest : public app::FeatureFixture {
 protected:
  void add_account(std::string_view secret, const Argon2Cost& cost) {
    const accounts::User user{.id = UserId(crypto::uuid_v7(random_, clock_.now())),
                              .email = std::string(kAddress),
                              .name = std::nullopt,
                              .email_verified = true,
                              .role = accounts::Role::user,
                              .status = accounts::Status::active,
                              .created_at = clock_.now()};
    const passwords::PasswordHasher hasher(pool_, cost, random_);
    auto hash = wait(hasher.hash(password(secret))).value();
    ASSERT_TRUE(wait(accounts::user_store::insert(*database_, user, std::string(kAddress), std::move(hash))));
  }
  /// As somebody would who wants to know whether the address is free.
  void add_registration(std::string_view secret) {
    const passwords::PasswordHasher hasher(pool_, kCheap, random_);
    db::Params params(crypto::uuid_v7(random_, clock_.now()), kAddress, wait(hasher.hash(password(secret))).value(),
                      crypto::sha256(crypto::as_bytes(secret)), clock_.now(), clock_.now() + seconds(60));
    wait(database_->execute(db::Statement{"INSERT INTO registrations (id, email, email_key, password_hash, token_hash, "
                                          "created_at, expires_at) VALUES ($1, $2, $2, $3, $4, $5, $6)"},
                            std::move(params)));
  }
  Result<Admitted> sign_in(std::string_view secret, const Argon2Cost& cost = kCheap, std::string cookie = "") {
    return sign_in(pool_, secret, cost, std::move(cookie));
  }
  Result<Admitted> sign_in(passwords::HashingPool& pool, std::string_view secret, const Argon2Cost& cost = kCheap,
                           std::string cookie = "") {
    passwords::PasswordHasher hasher(pool, cost, random_);
    const Admission admission({.browsers = browsers_,
                               .trusted_browsers = trusted_browsers_,
                               .policy = assurance_,
                               .outbox = outbox_,
                               .letters = letters_,
                               .clock = clock_});
    Login login({.database = recorder_,
                 .hasher = hasher,
                 .sessions = sessions_,
                 .policy = assurance_,
                 .admission = admission,
                 .guesses = parts_.guesses,
                 .outcomes = outcomes_,
                 .watch = parts_.watch,
                 .work = parts_.work,
                 .known_browsers = browsers_,
                 .trusted_browsers = trusted_browsers_,
                 .passkeys = passkey_requests_,
                 .outbox = outbox_,
                 .letters = letters_,
                 .audit = audit_,
                 .digest = audit::digest_for_tests(),
                 .clock = clock_,
                 .random = random_},
                seconds(300));
    Login::Request request{.email = email(kAddress),
                           .password = password(secret),
                           .client = client_,
                           .presented = std::nullopt,
                           .known_browser = std::move(cookie),
                           .trusted_browser = {}};
    auto outcome = wait(login(std::move(request)));
    if (!outcome) return outcome.error();
    return std::get<Admitted>(*std::move(outcome));
  }
  /// The statements of so many wrong passwords, and how the last was refused.
  std::pair<std::vector<std::string_view>, Error> guess_wrong(int times) {
    recorder_.take();
    Error last;
    for (int i = 0; i < times; ++i) last = sign_in("not the right one").error();
    return {recorder_.take(), last};
  }
  ErrorCode refusal(std::string_view secret) { return sign_in(secret).error().code; }
  std::string stored_hash() { return select("SELECT password_hash FROM users").at(0); }

  audit::AuditLog audit_{clock_, random_, audit::keys_for_tests()};
  passwords::HashingPool pool_{{.threads = 1}};
  sessions::Sessions sessions_{
      {.database = *database_, .policy = assurance_, .audit = audit_, .clock = clock_, .random = random_},
      {.idle_timeout = seconds(900), .absolute_timeout = seconds(43200), .most_per_user = 50}};
  crypto::SecretBytes key_{32};
  mail::Outbox outbox_{clock_, random_, key_};
  accounts::AccountLetters letters_{"auth.example", "https://auth.example"};
  db::RecordingDatabase recorder_{*database_};
  protection::GuessFixture parts_{recorder_, clock_, random_};
  accounts::PasswordOutcomes outcomes_{
      {.guesses = parts_.guesses, .outbox = outbox_, .letters = letters_, .audit = audit_, .clock = clock_}};
  protection::KnownBrowsers browsers_{key_, "https://auth.example", protection::KnownBrowsers::kKnown, clock_, random_};
  protection::KnownBrowsers trusted_browsers_{key_, "https://auth.example",
                                              protection::KnownBrowsers::trusted_for(seconds(0)), clock_, random_};
};

TEST_F(LoginTest, RegisteringAndThenSigningInFindsNoAccountOut) {  // ASVS 6.3.8
  add_registration("a stranger's own words");
  const auto free = refusal("a stranger's own words");
  add_account(kPassword, kCheap);
  const auto taken = refusal("a stranger's own words");
  EXPECT_EQ(free, ErrorCode::email_not_verified);
  EXPECT_EQ(taken, free);
  EXPECT_EQ(refusal("neither of the two"), ErrorCode::invalid_credentials);
  EXPECT_TRUE(sign_in(kPassword));
}

TEST_F(LoginTest, AWeakerHashIsReplacedAtTheNextSignIn) {  // CS Password Storage
  add_account(kPassword, kCheap);
  const auto before = stored_hash();
  EXPECT_EQ(sign_in("wrong, so nothing is replaced", kDearer).error().code, ErrorCode::invalid_credentials);
  EXPECT_EQ(stored_hash(), before);
  EXPECT_TRUE(sign_in(kPassword, kDearer));
  EXPECT_NE(stored_hash().find("t=2"), std::string::npos) << stored_hash();
  EXPECT_TRUE(sign_in(kPassword, kDearer));
}

TEST_F(LoginTest, AHashIsNeverReplacedByAWeakerOne) {  // CS Password Storage
  add_account(kPassword, kDearer);
  const auto before = stored_hash();
  EXPECT_TRUE(sign_in(kPassword, kCheap));
  EXPECT_EQ(stored_hash(), before);
}

TEST_F(LoginTest, TheRightPasswordIsRefusedTooWhileGuessesAreUsedUp) {  // ASVS 6.3.1
  add_account(kPassword, kCheap);
  EXPECT_EQ(guess_wrong(10).second.code, ErrorCode::invalid_credentials);
  EXPECT_EQ(refusal(kPassword), ErrorCode::account_locked);
  clock_.advance(std::chrono::minutes(15));
  EXPECT_TRUE(sign_in(kPassword));
}

TEST_F(LoginTest, AddressesWithoutAnAccountLockAlike) {  // ASVS 6.3.8, attack 1
  const auto unknown = guess_wrong(12);
  wait(database_->execute(db::Statement{"DELETE FROM login_guesses"}, db::Params()));
  clock_.advance(std::chrono::minutes(15));
  add_account(kPassword, kCheap);
  const auto taken = guess_wrong(12);
  EXPECT_EQ(unknown.second.code, ErrorCode::account_locked);
  EXPECT_EQ(taken.second.code, ErrorCode::account_locked);
  EXPECT_EQ(taken.second.retry_after, unknown.second.retry_after);
  EXPECT_EQ(taken.second.detail, unknown.second.detail);
  EXPECT_EQ(taken.first, unknown.first) << "the statements";
}

TEST_F(LoginTest, AKnownBrowserGetsInWhateverStrangersDo) {  // ASVS 6.1.1, attack 5
  add_account(kPassword, kCheap);
  const auto owners = sign_in(kPassword).value().known_browser;
  guess_wrong(20);
  EXPECT_EQ(refusal(kPassword), ErrorCode::account_locked);
  EXPECT_TRUE(sign_in(kPassword, kCheap, owners));
  EXPECT_EQ(refusal(kPassword), ErrorCode::account_locked) << "which tells strangers nothing";
}

TEST_F(LoginTest, ThePasswordOfAPendingSignUpForgivesNothing) {  // attack 4
  add_account(kPassword, kCheap);
  add_registration("a stranger's own words");
  guess_wrong(9);
  EXPECT_EQ(refusal("a stranger's own words"), ErrorCode::email_not_verified);
  EXPECT_EQ(refusal(kPassword), ErrorCode::account_locked) << "it was a guess at the account's";
}

TEST_F(LoginTest, TheOwnerHearsOfALockOnce) {  // ASVS 6.3.5
  add_account(kPassword, kCheap);
  guess_wrong(9);
  EXPECT_TRUE(select("SELECT kind FROM mails").empty());
  guess_wrong(50);
  EXPECT_EQ(select("SELECT kind FROM mails"), std::vector<std::string>{"account_locked"});
  EXPECT_EQ(select("SELECT details FROM audit_logs WHERE event = 'account.locked'"),
            std::vector<std::string>{R"({"method":"pwd","in_a_row":10,"known_browser":false})"});
  EXPECT_EQ(select("SELECT id FROM audit_logs").size(), 11U) << "a flood does not fill the log";
  const auto text = wait(outbox_.newest(*database_, 1)).front().message.text;
  EXPECT_NE(text.find("10 in a row"), std::string::npos) << text;
  EXPECT_NE(text.find(client_.ip), std::string::npos) << text;
}

TEST_F(LoginTest, NobodyIsToldOfAnAddressWithoutAnAccount) {
  guess_wrong(20);
  EXPECT_TRUE(select("SELECT kind FROM mails").empty());
}

TEST_F(LoginTest, ASignInAfterFiveFailuresIsTold) {  // ASVS 6.3.5
  add_account(kPassword, kCheap);
  for (const int failures : {4, 5}) {
    guess_wrong(failures);
    EXPECT_TRUE(sign_in(kPassword));
  }
  EXPECT_EQ(select("SELECT kind FROM mails"), std::vector<std::string>{"sign_in_after_failures"});
}

TEST_F(LoginTest, AGuessThatWasNotLookedAtDoesNotCount) {
  add_account(kPassword, kCheap);
  passwords::HashingPool full({.threads = 1, .max_wait = std::chrono::milliseconds(-1)});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sign_in(full, kPassword).error().code, ErrorCode::overloaded);
  EXPECT_TRUE(sign_in(kPassword));
}

TEST_F(LoginTest, AKnownBrowserWaitsForNoStrangersHash) {  // ASVS 6.1.1, attack 28
  add_account(kPassword, kCheap);
  const auto owners = sign_in(kPassword).value().known_browser;
  passwords::BusyPool busy;
  EXPECT_EQ(sign_in(busy.pool, kPassword).error().code, ErrorCode::overloaded) << "strangers wait in their lane";
  const auto soon = busy.let_go_soon();
  EXPECT_TRUE(sign_in(busy.pool, kPassword, kCheap, owners));
}

// ASVS 16.3.4: with the audit log a sign-in costs the round trips that it would cost without.
TEST_F(LoginTest, WhatItRecordsTravelsWithWhatItDoes) {
  const auto of_the_log = [](const std::vector<std::string_view>& statements) {
    return std::ranges::count_if(statements, [](std::string_view sql) { return sql.find(" audit_") != sql.npos; });
  };
  add_account(kPassword, kCheap);
  for (const auto secret : {std::string_view(kPassword), std::string_view("not the right one")}) {
    recorder_.take();
    recorder_.take_travelling();
    EXPECT_EQ(sign_in(secret).has_value(), secret == kPassword);
    EXPECT_EQ(of_the_log(recorder_.take()), 2) << secret;
    EXPECT_EQ(of_the_log(recorder_.take_travelling()), 2) << secret;
  }
}

TEST_F(LoginTest, ASprayMakesStrangersWorkAndNotTheOwner) {  // attack 6
  add_account(kPassword, kCheap);
  const auto owners = sign_in(kPassword).value().known_browser;
  for (int i = 0; i < 25; ++i) {
    parts_.watch.saw(client_.ip, parts_.guesses.subject_of(std::to_string(i) + "@example.org"), false);
  }
  recorder_.take();
  const auto asked = sign_in(kPassword).error();
  EXPECT_EQ(asked.code, ErrorCode::proof_of_work_required);
  ASSERT_TRUE(asked.puzzle);
  EXPECT_TRUE(recorder_.take().empty()) << "it costs no statement";
  EXPECT_EQ(sign_in(kPassword, kCheap, "no note").error().code, ErrorCode::proof_of_work_required);
  EXPECT_TRUE(sign_in(kPassword, kCheap, owners));
}

TEST_F(LoginTest, APasswordThatMustChangeOpensNothing) {  // ASVS 6.2.10
  add_account(kPassword, kCheap);
  wait(database_->execute(db::Statement{"UPDATE users SET password_must_change = 'staff'"}, db::Params()));
  EXPECT_EQ(refusal(kPassword), ErrorCode::password_change_required);
  EXPECT_EQ(refusal("not the right one"), ErrorCode::invalid_credentials) << "said after the right password only";
  EXPECT_TRUE(select("SELECT id FROM sessions").empty());
}

TEST_F(LoginTest, NothingExpires) {  // ASVS 6.2.10
  add_account(kPassword, kCheap);
  clock_.advance(std::chrono::days(3653));
  EXPECT_TRUE(sign_in(kPassword));
}

TEST_F(LoginTest, OnlyNewsOfAnUnknownBrowserIsMailed) {  // ASVS 6.3.5
  add_account(kPassword, kCheap);
  EXPECT_TRUE(sign_in(kPassword));
  EXPECT_TRUE(select("SELECT kind FROM mails").empty()) << "the one that follows signing up";
  clock_.advance(std::chrono::minutes(16));
  const auto accepted = sign_in(kPassword).value();
  EXPECT_EQ(select("SELECT kind FROM mails"), std::vector<std::string>{"new_sign_in"});
  EXPECT_TRUE(sign_in(kPassword, kCheap, accepted.known_browser));
  EXPECT_EQ(select("SELECT kind FROM mails").size(), 1U);
}

TEST_F(LoginTest, AResetMakesEveryBrowserNews) {  // ASVS 6.3.5
  add_account(kPassword, kCheap);
  clock_.advance(std::chrono::minutes(16));
  const auto before = sign_in(kPassword).value().known_browser;
  wait(database_->execute(db::Statement{"UPDATE users SET password_version = password_version + 1"}, db::Params()));
  EXPECT_TRUE(sign_in(kPassword, kCheap, before));
  EXPECT_EQ(select("SELECT kind FROM mails").size(), 2U);
}

TEST_F(LoginTest, TheLogTellsAKnownBrowser) {
  add_account(kPassword, kCheap);
  const auto first = sign_in(kPassword).value();
  clock_.advance(seconds(1));
  EXPECT_TRUE(sign_in(kPassword, kCheap, first.known_browser));
  EXPECT_EQ(select("SELECT details FROM audit_logs WHERE event = 'login.succeeded' ORDER BY id"),
            (std::vector<std::string>{R"({"known_browser":false})", R"({"known_browser":true})"}));
}

}  // namespace
}  // namespace secureauth::login
