#include "accounts/account_fixture.hpp"
#include "accounts/registration_store.hpp"
#include "core/together.hpp"

namespace secureauth::accounts {
namespace {

using mail::Kind;
using std::chrono::minutes;
using std::chrono::seconds;

class PasswordResetTest : public AccountFixture {
 protected:
  void ask(std::string_view address) { wait(reset_.request(email(address), client_)); }
  ResetToken asked(std::string_view address) {
    ask(address);
    return token_in<ResetToken>(Kind::reset_password).value();
  }
  /// Why it was refused, or nothing.
  std::optional<ErrorCode> confirm(const ResetToken& token, std::string_view secret = kNewPassword) {
    const auto set = wait(reset_.confirm(token, password(secret), client_));
    if (set) return std::nullopt;
    return set.error().code;
  }
  void add_registration(std::string_view address) {
    const registration_store::Pending pending{.id = crypto::uuid_v7(random_, clock_.now()),
                                              .email = std::string(address),
                                              .email_key = email(address).key(),
                                              .name = std::nullopt,
                                              .password_hash = "$argon2id$",
                                              .locale = "en",
                                              .created_at = clock_.now()};
    wait(registration_store::insert(*database_, pending, crypto::sha256(crypto::as_bytes(address)),
                                    clock_.now() + minutes(60)));
  }
  std::vector<std::string_view> statements_for(std::string_view address) {
    recorder_.take();
    ask(address);
    return recorder_.take();
  }
};

TEST_F(PasswordResetTest, EveryAddressCostsTheSameStatements) {  // ASVS 6.3.8
  add_account("known@example.org");
  const auto disabled = add_account("disabled@example.org");
  wait(user_store::set_status(*database_, disabled.id, Status::disabled, clock_.now()));
  add_registration("waiting@example.org");
  const auto known = statements_for("known@example.org");
  EXPECT_EQ(known.back(), "COMMIT");
  for (const auto* other : {"disabled@example.org", "waiting@example.org", "unknown@example.org"}) {
    EXPECT_EQ(statements_for(other), known) << other;
  }
  for (int i = 0; i < 3; ++i) ask("known@example.org");
  EXPECT_EQ(statements_for("known@example.org"), known) << "beyond the cap";
}

TEST_F(PasswordResetTest, AClockThatIsSetBackLengthensNoToken) {  // attack 44: clock ±1 h
  add_account("ann@example.org");
  const auto token = asked("ann@example.org");
  clock_.advance(-std::chrono::hours(1));
  clock_.advance(std::chrono::hours(1) + minutes(30));
  EXPECT_EQ(confirm(token), ErrorCode::invalid_token);
}

TEST_F(PasswordResetTest, AClockThatIsSetForwardEndsWhatItPassed) {  // attack 44: clock ±1 h
  add_account("ann@example.org");
  const auto token = asked("ann@example.org");
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(confirm(token), ErrorCode::invalid_token);
}

TEST_F(PasswordResetTest, NothingIsMailedToWhoHasNoAccountAndATokenIsMadeForNobody) {  // ASVS 6.3.8
  const auto disabled = add_account("disabled@example.org");
  wait(user_store::set_status(*database_, disabled.id, Status::disabled, clock_.now()));
  ask("unknown@example.org");
  ask("disabled@example.org");
  EXPECT_TRUE(select("SELECT id FROM mails").empty());
  EXPECT_TRUE(select("SELECT id FROM one_time_tokens").empty());
  EXPECT_EQ(select("SELECT event FROM audit_logs").size(), 2U);
}

TEST_F(PasswordResetTest, ATokenLivesHalfAnHourToTheSecond) {  // 63B §4.2.1.2
  add_account("ann@example.org");
  const auto late = asked("ann@example.org");
  clock_.advance(minutes(30));
  EXPECT_EQ(confirm(late), ErrorCode::invalid_token);
  const auto early = asked("ann@example.org");
  clock_.advance(minutes(30) - seconds(1));
  EXPECT_EQ(confirm(early), std::nullopt);
}

TEST_F(PasswordResetTest, NothingIsHashedForATokenThatNobodyWasMailed) {
  add_account("ann@example.org");
  recorder_.take();
  EXPECT_EQ(confirm(ResetToken::generate(random_), "Password123456"), ErrorCode::invalid_token)
      << "the policy was not asked";
  EXPECT_EQ(recorder_.take().size(), 1U) << "one look-up";
}

TEST_F(PasswordResetTest, ARefusedPasswordDoesNotSpendTheToken) {  // DESIGN "Settled"
  add_account("ann@example.org");
  const auto token = asked("ann@example.org");
  EXPECT_EQ(confirm(token, "Password123456"), ErrorCode::validation_failed);
  EXPECT_EQ(confirm(token, "ann@example.org"), ErrorCode::validation_failed) << "the owner's own address";
  EXPECT_EQ(confirm(token), std::nullopt);
}

TEST_F(PasswordResetTest, AnUnprovenAccountLosesWhatItsFirstRegistrantSet) {  // ASVS 2.3.1; attack 10
  add_account("ann@example.org");
  wait(database_->execute(db::Statement{"UPDATE users SET email_verified_at = NULL"}, db::Params()));
  add_registration("ann@example.org");
  EXPECT_EQ(confirm(asked("ann@example.org")), std::nullopt);
  EXPECT_TRUE(select("SELECT id FROM users WHERE name IS NULL AND email_verified_at IS NOT NULL").size() == 1U);
  EXPECT_TRUE(select("SELECT id FROM registrations").empty());
}

TEST_F(PasswordResetTest, AProvenAccountKeepsItsName) {
  add_account("ann@example.org");
  EXPECT_EQ(confirm(asked("ann@example.org")), std::nullopt);
  EXPECT_EQ(select("SELECT name FROM users"), std::vector<std::string>{"Ann"});
}

TEST_F(PasswordResetTest, TheDemandForAnotherPasswordIsMet) {  // ASVS 6.2.10
  const auto ann = add_account("ann@example.org");
  wait(demand_password_change(*database_, ann.id, PasswordMustChange::staff));
  EXPECT_EQ(confirm(asked("ann@example.org")), std::nullopt);
  const auto credential = wait(find_password_credential(*database_, ann.id)).value();
  EXPECT_EQ(credential.user.password_must_change, std::nullopt);
  EXPECT_EQ(credential.version, 2) << "sign-ins that verified the old password must not open a session";
}

TEST_F(PasswordResetTest, TheOwnerReadsInTheOwnLanguage) {
  const auto ann = add_account("ann@example.org");
  wait(database_->execute(db::Statement{"UPDATE users SET locale = 'DE-at'"}, db::Params()));
  asked("ann@example.org");
  EXPECT_NE(mail_of(Kind::reset_password)->text.find("30 Minuten"), std::string::npos);
}

TEST_F(PasswordResetTest, NoTokenIsMadeForAnAccountThatMovedMeanwhile) {  // CS Authentication (change of address)
  const auto ann = add_account("ann@example.org");
  one_time_token_store::New token{.hash = {},
                                  .kind = TokenKind::reset_password,
                                  .user = ann.id,
                                  .held_by = "former@example.org",
                                  .created_at = clock_.now(),
                                  .expires_at = clock_.now() + minutes(30)};
  wait(one_time_token_store::insert(*database_, random_, token));
  EXPECT_TRUE(select("SELECT id FROM one_time_tokens").empty());
  token.held_by = "ann@example.org";
  wait(one_time_token_store::insert(*database_, random_, token));
  EXPECT_EQ(select("SELECT id FROM one_time_tokens").size(), 1U);
}

TEST_F(PasswordResetTest, ANewLinkEndsTheOneBefore) {
  add_account("ann@example.org");
  const auto before = asked("ann@example.org");
  clock_.advance(seconds(1));
  const auto after = asked("ann@example.org");
  EXPECT_EQ(confirm(before), ErrorCode::invalid_token);
  EXPECT_EQ(confirm(after), std::nullopt);
}

TEST_F(PasswordResetTest, OfTwoAtOnceWithOneTokenOneSetsAPassword) {
  add_account("ann@example.org");
  const auto token = asked("ann@example.org");
  int set = 0;
  const auto one = [&]() -> net::awaitable<void> {
    auto given = password(kNewPassword);
    const auto done = co_await reset_.confirm(token, std::move(given), client_);
    set += done ? 1 : 0;
  };
  std::vector<net::awaitable<void>> both;
  for (int i = 0; i < 2; ++i) both.push_back(one());
  wait(together(std::move(both)));
  EXPECT_EQ(set, 1);
}

TEST_F(PasswordResetTest, ExpiredTokensAreForgotten) {  // ASVS 14.2.7
  add_account("ann@example.org");
  add_account("bob@example.org");
  ask("ann@example.org");
  clock_.advance(minutes(29));
  ask("bob@example.org");
  clock_.advance(minutes(1));
  wait(one_time_token_store::forget_expired(*database_, clock_.now()));
  EXPECT_EQ(select("SELECT id FROM one_time_tokens").size(), 1U);
}

}  // namespace
}  // namespace secureauth::accounts
