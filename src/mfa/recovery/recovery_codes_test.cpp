#include "mfa/recovery/recovery_codes.hpp"

#include "accounts/user_store.hpp"
#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "crypto/uuid.hpp"
#include "mfa/factor_store.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace secureauth::mfa {
namespace {

using accounts::Factor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class RecoveryCodesTest : public app::FeatureFixture {
 protected:
  static constexpr passwords::Argon2Cost kCost{.memory_kib = 8192, .time = 1, .parallelism = 1};

  RecoveryCodes codes_with(const passwords::PasswordHasher& hasher) {
    return RecoveryCodes({.database = *database_,
                          .hasher = hasher,
                          .sessions = sessions_,
                          .changes = changes_,
                          .guesses = guesses_,
                          .clock = clock_,
                          .random = random_});
  }
  UserId add_account(const std::string& address) {
    const accounts::User user{.id = UserId(crypto::uuid_v7(random_, clock_.now())),
                              .email = address,
                              .name = std::nullopt,
                              .email_verified = true,
                              .created_at = clock_.now()};
    EXPECT_TRUE(wait(accounts::user_store::insert(*database_, user, address, "!")));
    return user.id;
  }
  void add_authenticator(const UserId& user) {
    in_transaction([&](db::Transaction& tx) -> net::awaitable<void> {
      constexpr db::Statement kInsert{R"sql(
        INSERT INTO totp_authenticators (user_id, secret, algorithm, digits, period, drift, last_step, created_at,
                                         last_used_at)
        VALUES ($1, $2, 'SHA1', 6, 30, 0, 0, $3, $3))sql"};
      db::Params params(user.text(), db::Bytes(1), clock_.now());
      co_await tx.write(kInsert, std::move(params));
      co_await factor_store::refresh(tx, user, true);
    });
  }
  void remove_authenticator(const UserId& user) {
    in_transaction([&](db::Transaction& tx) -> net::awaitable<void> {
      db::Params params(user.text());
      co_await tx.write({"DELETE FROM totp_authenticators WHERE user_id = $1"}, std::move(params));
      co_await factor_store::refresh(tx, user, true);
    });
  }
  sessions::SessionRef sign_in(const UserId& user) {
    auto account = wait(accounts::user_store::find_by_id(*database_, user)).value();
    sessions::Sessions::SignIn sign_in{
        .user = std::move(account.user), .amr = {"pwd", "otp", "mfa"}, .aal = 2, .proven = {}, .client = client_};
    return check(wait(sessions_.open(std::move(sign_in))).value().token).value();
  }
  Result<sessions::SessionRef> check(const sessions::SessionToken& token) { return wait(sessions_.check(token)); }

  RecoveryCodes::Made make(const sessions::SessionRef& session) { return wait(codes_.make(session, client_)).value(); }
  std::optional<RecoveryCodes::Found> find(const UserId& user, const RecoveryCode& code) {
    return wait(codes_.find(*database_, user, code));
  }
  bool matches(const UserId& user, const RecoveryCode& code) {
    return wait(codes_.matches(code.clone(), find(user, code))).value();
  }
  bool consume(const UserId& user, const RecoveryCodes::Found& found) {
    bool used = false;
    in_transaction(
        [&](db::Transaction& tx) -> net::awaitable<void> { used = co_await codes_.consume(tx, user, found); });
    return used;
  }
  /// The selector of one code with the secret part of another.
  static RecoveryCode crossed(const RecoveryCode& selector, const RecoveryCode& rest) {
    return RecoveryCode::parse(selector.selector() + std::string(rest.secret().reveal())).value();
  }
  std::string factors_of(const UserId& user) {
    return to_text(wait(accounts::user_store::find_by_id(*database_, user))->user.second_factors);
  }
  std::optional<mail::Message> mail_of(mail::Kind kind) {
    for (auto& stored : wait(outbox_.newest(*database_, 100))) {
      if (stored.kind == kind) return std::move(stored.message);
    }
    return std::nullopt;
  }
  void in_transaction(const std::function<net::awaitable<void>(db::Transaction&)>& work) {
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      co_await work(tx);
      co_return Result<void>{};
    };
    EXPECT_TRUE(wait(database_->transaction(body)));
  }

  audit::AuditLog audit_{clock_, random_, audit::keys_for_tests()};
  crypto::SecretBytes key_{32};
  mail::Outbox outbox_{clock_, random_, key_};
  accounts::AccountLetters letters_{"auth.example", "https://auth.example"};
  passwords::HashingPool pool_{{.threads = 1}};
  passwords::PasswordHasher hasher_{pool_, kCost, random_};
  sessions::AssurancePolicy policy_{clock_, seconds(300)};
  sessions::Sessions sessions_{
      {.database = *database_, .policy = policy_, .audit = audit_, .clock = clock_, .random = random_},
      {.idle_timeout = hours(1), .absolute_timeout = hours(12)}};
  FactorChanges changes_{
      {.sessions = sessions_, .outbox = outbox_, .letters = letters_, .audit = audit_, .clock = clock_}};
  protection::FactorGuesses guesses_{clock_, {.in_window = 10, .window = minutes(15), .in_a_row = 100}};
  RecoveryCodes codes_ = codes_with(hasher_);
  UserId ann_ = add_account("ann@example.org");
};

TEST_F(RecoveryCodesTest, TenOfThemEachOfWhichMatchesAndNoOther) {
  add_authenticator(ann_);
  const auto made = make(sign_in(ann_));
  ASSERT_EQ(made.codes.size(), 10U);
  std::set<std::string> selectors;
  for (const auto& code : made.codes) {
    EXPECT_TRUE(matches(ann_, code));
    selectors.insert(code.selector());
  }
  EXPECT_EQ(selectors.size(), 10U);
  EXPECT_FALSE(matches(ann_, crossed(made.codes[0], made.codes[1])));
  EXPECT_EQ(wait(codes_.remaining(*database_, ann_)), 10);
}

TEST_F(RecoveryCodesTest, TheRecordStoreHoldsOnlyHashesWithSaltsOfTheirOwn) {  // ASVS 6.5.2; 63B §3.1.2.2
  add_authenticator(ann_);
  const auto made = make(sign_in(ann_));
  const auto hashes = select("SELECT code_hash FROM recovery_codes");
  ASSERT_EQ(hashes.size(), 10U);
  std::set<std::string> salts;
  for (const auto& hash : hashes) {
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8192,t=1,p=1$")) << hash;
    const auto salt = hash.find('$', hash.find("p=1")) + 1;
    salts.insert(hash.substr(salt, hash.find('$', salt) - salt));
    for (const auto& code : made.codes) EXPECT_EQ(hash.find(code.secret().reveal()), std::string::npos);
  }
  EXPECT_EQ(salts.size(), 10U);
}

TEST_F(RecoveryCodesTest, OnlyAnAccountWithASecondFactorHasThem) {  // 63B §3.1.2.1
  const auto refused = wait(codes_.make(sign_in(ann_), client_));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_FALSE(wait(codes_.list(*database_, ann_)));
}

TEST_F(RecoveryCodesTest, AFactorThatWentMeanwhileCounts) {
  add_authenticator(ann_);
  const auto session = sign_in(ann_);
  remove_authenticator(ann_);
  EXPECT_EQ(wait(codes_.make(session, client_)).error().code, ErrorCode::conflict);
  EXPECT_TRUE(select("SELECT code_hash FROM recovery_codes").empty());
}

TEST_F(RecoveryCodesTest, ASessionThatProvedLessThanTheAccountCanByNowGetsNone) {  // ASVS 7.5.1, 15.4.2
  add_authenticator(ann_);
  auto session = *sign_in(ann_);
  session.assurance.aal = 1;
  const auto weak = std::make_shared<const sessions::Session>(std::move(session));
  EXPECT_EQ(wait(codes_.make(weak, client_)).error().code, ErrorCode::step_up_required);
  EXPECT_TRUE(select("SELECT code_hash FROM recovery_codes").empty());
}

TEST_F(RecoveryCodesTest, TheyGoWithTheLastFactor) {
  add_authenticator(ann_);
  make(sign_in(ann_));
  EXPECT_EQ(factors_of(ann_), "totp recovery_code");
  remove_authenticator(ann_);
  EXPECT_EQ(factors_of(ann_), "");
  EXPECT_EQ(wait(codes_.remaining(*database_, ann_)), 0);
}

TEST_F(RecoveryCodesTest, EachWorksOnce) {  // ASVS 6.5.1; attack 39
  add_authenticator(ann_);
  const auto made = make(sign_in(ann_));
  const auto found = find(ann_, made.codes[0]).value();
  EXPECT_FALSE(found.used);
  EXPECT_TRUE(consume(ann_, found));
  EXPECT_FALSE(consume(ann_, found)) << "who found it at the same time";
  EXPECT_TRUE(find(ann_, made.codes[0])->used);
  EXPECT_TRUE(matches(ann_, made.codes[0])) << "so that a second use is told from a wrong code";
  EXPECT_FALSE(matches(ann_, crossed(made.codes[0], made.codes[1])));
  EXPECT_EQ(wait(codes_.remaining(*database_, ann_)), 9);
}

TEST_F(RecoveryCodesTest, WithTheLastOneTheyAreNoWayInAnyMore) {
  add_authenticator(ann_);
  const auto made = make(sign_in(ann_));
  for (const auto& code : made.codes) {
    EXPECT_EQ(factors_of(ann_), "totp recovery_code");
    EXPECT_TRUE(consume(ann_, find(ann_, code).value()));
  }
  EXPECT_EQ(factors_of(ann_), "totp");
}

TEST_F(RecoveryCodesTest, AfterARenewalTheFormerOnesAreGone) {  // attack 39
  add_authenticator(ann_);
  const auto session = sign_in(ann_);
  const auto before = make(session);
  const auto found = find(ann_, before.codes[0]).value();
  const auto after = make(check(before.session.token).value());
  EXPECT_FALSE(consume(ann_, found)) << "found before the renewal";
  for (const auto& code : before.codes) EXPECT_FALSE(matches(ann_, code));
  EXPECT_TRUE(matches(ann_, after.codes[9]));
  EXPECT_EQ(wait(codes_.remaining(*database_, ann_)), 10);
}

TEST_F(RecoveryCodesTest, AnotherUsersCodeIsNone) {  // ASVS 8.2.2; attack 39
  add_authenticator(ann_);
  const auto bob = add_account("bob@example.org");
  const auto made = make(sign_in(ann_));
  EXPECT_FALSE(find(bob, made.codes[0]));
  EXPECT_FALSE(matches(bob, made.codes[0])) << "at the cost of a hash";
  EXPECT_FALSE(consume(bob, find(ann_, made.codes[0]).value()));
}

TEST_F(RecoveryCodesTest, ANewSetEndsOtherSessionsAndTellsTheOwner) {  // ASVS 6.3.7, 7.2.4, 7.4.3
  add_authenticator(ann_);
  const auto other = sign_in(ann_);
  const auto session = sign_in(ann_);
  const auto made = make(session);
  EXPECT_EQ(select("SELECT id FROM sessions"), std::vector<std::string>{made.session.id.text()});
  EXPECT_EQ(check(made.session.token).value()->assurance.aal, 2);
  EXPECT_EQ(mail_of(mail::Kind::recovery_codes_made)->recipient, "ann@example.org");
  EXPECT_EQ(select("SELECT outcome FROM audit_logs WHERE event = 'mfa.recovery_codes_made'"),
            std::vector<std::string>{"success"});
}

TEST_F(RecoveryCodesTest, NoCodeIsInTheMailOrTheAuditLog) {
  add_authenticator(ann_);
  const auto made = make(sign_in(ann_));
  const auto text = mail_of(mail::Kind::recovery_codes_made)->text;
  const auto details = select("SELECT details FROM audit_logs");
  for (const auto& code : made.codes) {
    EXPECT_EQ(text.find(code.text()), std::string::npos);
    for (const auto& detail : details) EXPECT_EQ(detail.find(code.secret().reveal()), std::string::npos);
  }
}

TEST_F(RecoveryCodesTest, GuessesAtFormerCodesAreForgiven) {  // 63B §3.2.2: until rebound
  add_authenticator(ann_);
  const protection::FactorGuesses::Guess guess{.user = ann_, .authenticator = Factor::recovery_code};
  const auto is_refused = [&] {
    bool refused = false;
    in_transaction([&](db::Transaction& tx) -> net::awaitable<void> {
      const auto spent = co_await guesses_.spend(tx, guess);
      refused = spent.refusal.has_value();
    });
    return refused;
  };
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(is_refused());
  EXPECT_TRUE(is_refused());
  make(sign_in(ann_));
  EXPECT_FALSE(is_refused());
}

TEST_F(RecoveryCodesTest, TheOwnerSeesHowManyAreLeftAndWhenOneWasUsed) {
  add_authenticator(ann_);
  const auto made_at = clock_.now();
  const auto made = make(sign_in(ann_));
  auto listed = wait(codes_.list(*database_, ann_)).value();
  EXPECT_EQ(listed.created_at, made_at);
  EXPECT_EQ(listed.last_used_at, std::nullopt);
  EXPECT_EQ(listed.remaining, 10);
  for (std::size_t i = 0; i < 10; ++i) {
    clock_.advance(minutes(1));
    EXPECT_TRUE(consume(ann_, find(ann_, made.codes[i]).value()));
  }
  listed = wait(codes_.list(*database_, ann_)).value();
  EXPECT_EQ(listed.last_used_at, made_at + minutes(10));
  EXPECT_EQ(listed.remaining, 0);
}

TEST_F(RecoveryCodesTest, AFullQueueChangesNothing) {
  passwords::HashingPool full({.threads = 1, .max_wait = std::chrono::milliseconds(-1)});
  const passwords::PasswordHasher refusing(full, kCost, random_);
  auto overloaded = codes_with(refusing);
  add_authenticator(ann_);
  const auto made = make(sign_in(ann_));
  const auto session = check(made.session.token).value();
  EXPECT_EQ(wait(overloaded.make(session, client_)).error().code, ErrorCode::overloaded);
  EXPECT_EQ(wait(overloaded.matches(made.codes[0].clone(), find(ann_, made.codes[0]))).error().code,
            ErrorCode::overloaded);
  EXPECT_TRUE(matches(ann_, made.codes[0]));
  EXPECT_TRUE(check(made.session.token));
}

TEST_F(RecoveryCodesTest, ThePepperGoesIn) {  // 63B §3.1.1.2
  const passwords::PasswordHasher peppered(pool_, kCost, random_, passwords::Pepper(key_, {}));
  auto codes = codes_with(peppered);
  add_authenticator(ann_);
  const auto made = wait(codes.make(sign_in(ann_), client_)).value();
  EXPECT_TRUE(wait(codes.matches(made.codes[0].clone(), find(ann_, made.codes[0]))).value());
  EXPECT_FALSE(matches(ann_, made.codes[0]));
}

}  // namespace
}  // namespace secureauth::mfa
