#include "sessions/sessions.hpp"

#include "accounts/password_credential.hpp"
#include "accounts/user_store.hpp"
#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "crypto/uuid.hpp"

namespace secureauth::sessions {
namespace {

using std::chrono::seconds;

class SessionsTest : public app::FeatureFixture {
 protected:
  SessionsTest() : user_(make_user("me@example.org")) {}

  accounts::User make_user(std::string_view address) {
    accounts::User user{.id = UserId(crypto::uuid_v7(random_, clock_.now())),
                        .email = std::string(address),
                        .name = std::nullopt,
                        .email_verified = true,
                        .role = accounts::Role::user,
                        .status = accounts::Status::active,
                        .created_at = clock_.now()};
    EXPECT_TRUE(wait(accounts::user_store::insert(*database_, user, user.email, "no hash")));
    return user;
  }
  Sessions::Opened open(std::optional<SessionToken> presented = std::nullopt) {
    return wait(sessions_.open({.user = user_, .amr = {"pwd"}, .client = client_, .presented = presented})).value();
  }
  Result<Sessions::Opened> renew(SessionRef current, Assurance assurance) {
    Sessions::Ended ended;
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Sessions::Opened>> {
      auto opened = co_await sessions_.renew(tx, current, assurance, client_, ended);
      co_return opened;
    };
    return wait(sessions_.ending(body, ended));
  }
  bool valid(const SessionToken& token) { return wait(sessions_.check(token)).has_value(); }
  SessionRef session(const SessionToken& token) { return wait(sessions_.check(token)).value(); }

  audit::AuditLog audit_{clock_, random_, audit::keys_for_tests()};
  Sessions sessions_{
      {.database = *database_, .policy = assurance_, .audit = audit_, .clock = clock_, .random = random_},
      {.idle_timeout = seconds(900), .absolute_timeout = seconds(43200), .most_per_user = 3}};
  accounts::User user_;
};

TEST_F(SessionsTest, EndsWhenUnusedForTheIdleTimeout) {  // ASVS 7.3.1, 63B §2.2.3
  const auto opened = open();
  clock_.advance(seconds(899));
  EXPECT_TRUE(valid(opened.token));
  clock_.advance(seconds(1));  // asking was no use: only an accepted request is
  EXPECT_FALSE(valid(opened.token));
}

TEST_F(SessionsTest, AnAcceptedRequestRestartsTheIdleClock) {  // 63B §5.2
  const auto opened = open();
  clock_.advance(seconds(890));
  const auto used = session(opened.token);
  EXPECT_TRUE(sessions_.touch(used));  // the store should hear of it
  wait(sessions_.write_use(used));
  clock_.advance(seconds(890));
  EXPECT_TRUE(valid(opened.token));
}

TEST_F(SessionsTest, EndsAtTheAbsoluteTimeoutHoweverMuchUsed) {  // ASVS 7.3.2, 63B §2.2.3
  const auto opened = open();
  for (int i = 0; i < 53; ++i) {  // 53 × 800 s = 42400 s
    clock_.advance(seconds(800));
    const auto used = session(opened.token);
    if (sessions_.touch(used)) wait(sessions_.write_use(used));
  }
  clock_.advance(seconds(799));
  EXPECT_TRUE(valid(opened.token));
  clock_.advance(seconds(1));
  EXPECT_FALSE(valid(opened.token));
}

TEST_F(SessionsTest, AClockThatIsSetBackLengthensNoSession) {  // attack 44: clock ±1 h
  const auto opened = open();
  const auto end = clock_.now() + seconds(43200);
  clock_.advance(-seconds(3600));
  const auto used = session(opened.token);
  if (sessions_.touch(used)) wait(sessions_.write_use(used));
  clock_.advance(seconds(3600));
  while (clock_.now() < end - seconds(800)) {
    clock_.advance(seconds(800));
    const auto again = session(opened.token);
    if (sessions_.touch(again)) wait(sessions_.write_use(again));
  }
  clock_.advance(end - clock_.now());
  EXPECT_FALSE(valid(opened.token)) << "its end is a time, fixed when it was opened";
}

TEST_F(SessionsTest, AClockThatIsSetForwardEndsWhatItPassed) {  // attack 44: clock ±1 h
  const auto opened = open();
  clock_.advance(seconds(3600));
  EXPECT_FALSE(valid(opened.token));
}

TEST_F(SessionsTest, TheStoreHearsOfAUseAtMostOnceAMinute) {
  const auto opened = open();
  const auto used = session(opened.token);
  clock_.advance(seconds(59));
  EXPECT_FALSE(sessions_.touch(used));
  clock_.advance(seconds(1));
  EXPECT_TRUE(sessions_.touch(used));
  EXPECT_FALSE(sessions_.touch(used));
}

TEST_F(SessionsTest, ASignInEndsWhatTheBrowserHadBefore) {  // ASVS 7.2.4
  const auto before = open();
  const auto after = open(before.token);
  EXPECT_FALSE(valid(before.token));
  EXPECT_TRUE(valid(after.token));
}

TEST_F(SessionsTest, WhatWasJustOpenedIsNeverOneTooMany) {  // another instance's clock may be ahead
  for (int i = 0; i < 3; ++i) {
    const auto used = session(open().token);
    wait(session_store::set_last_used(*database_, used->id, clock_.now() + seconds(5)));
  }
  EXPECT_TRUE(valid(open().token));
}

TEST_F(SessionsTest, OneTooManyEndsTheLongestUnused) {  // ASVS 7.1.2
  std::vector<Sessions::Opened> opened;
  for (int i = 0; i < 4; ++i) {
    opened.push_back(open());
    clock_.advance(seconds(1));
  }
  EXPECT_FALSE(valid(opened[0].token));
  EXPECT_TRUE(valid(opened[1].token));
  EXPECT_EQ(select("SELECT details FROM audit_logs WHERE event = 'session.ended'"),
            std::vector<std::string>{R"({"reason":"too_many"})"});
}

TEST_F(SessionsTest, OpensNothingForWhoMustNotGetIn) {  // ASVS 6.3.4
  auto unverified = user_;
  unverified.email_verified = false;
  EXPECT_EQ(wait(sessions_.open({.user = unverified, .amr = {"pwd"}, .client = client_})).error().code,
            ErrorCode::email_not_verified);
  auto disabled = user_;
  disabled.status = accounts::Status::disabled;
  EXPECT_EQ(wait(sessions_.open({.user = disabled, .amr = {"pwd"}, .client = client_})).error().code,
            ErrorCode::account_disabled);
}

TEST_F(SessionsTest, AUserDisabledWhileThePasswordWasHashedGetsNoSession) {  // ASVS 7.4.2
  wait(accounts::user_store::set_status(*database_, user_.id, accounts::Status::disabled, clock_.now()));
  EXPECT_EQ(wait(sessions_.open({.user = user_, .amr = {"pwd"}, .client = client_})).error().code,
            ErrorCode::account_disabled);
}

TEST_F(SessionsTest, APasswordThatMustChangeSinceItWasReadOpensNothing) {  // ASVS 6.2.10
  wait(accounts::demand_password_change(*database_, user_.id, accounts::PasswordMustChange::compromised));
  EXPECT_EQ(wait(sessions_.open({.user = user_, .amr = {"pwd"}, .client = client_})).error().code,
            ErrorCode::password_change_required);
  EXPECT_TRUE(select("SELECT id FROM sessions").empty());
}

TEST_F(SessionsTest, ADisabledUsersSessionIsRefusedWithinASecond) {  // ASVS 7.4.2, 8.3.2
  const auto opened = open();
  EXPECT_TRUE(valid(opened.token));
  wait(accounts::user_store::set_status(*database_, user_.id, accounts::Status::disabled, clock_.now()));
  clock_.advance(seconds(1));
  EXPECT_FALSE(valid(opened.token));
}

TEST_F(SessionsTest, EndingIsImmediateAndAuditedOnce) {  // ASVS 7.4.1
  const auto opened = open();
  wait(sessions_.end(session(opened.token), client_));
  EXPECT_FALSE(valid(opened.token));
  EXPECT_EQ(sessions_.check_cached(opened.token), nullptr);
  EXPECT_EQ(select("SELECT details FROM audit_logs WHERE event = 'session.ended'"),
            std::vector<std::string>{R"({"reason":"logout"})"});
}

TEST_F(SessionsTest, EndingAnotherNeedsARecentSignInAndOnesOwnDoesNot) {  // ASVS 7.5.2
  const auto mine = open();
  const auto other = open();
  const auto current = session(mine.token);
  clock_.advance(seconds(300));
  EXPECT_EQ(wait(sessions_.end_by_id(current, other.id, client_)).error().code, ErrorCode::step_up_required);
  EXPECT_TRUE(valid(other.token));
  EXPECT_TRUE(wait(sessions_.end_by_id(current, mine.id, client_)));
  EXPECT_FALSE(valid(mine.token));
}

TEST_F(SessionsTest, AStrangersSessionIsAsUnknownAsNone) {  // ASVS 8.2.2
  const auto mine = open();
  user_ = make_user("stranger@example.org");
  const auto theirs = open();
  EXPECT_EQ(wait(sessions_.end_by_id(session(mine.token), theirs.id, client_)).error().code, ErrorCode::not_found);
  EXPECT_TRUE(valid(theirs.token));
  wait(sessions_.end_others(session(mine.token), client_));
  EXPECT_TRUE(valid(theirs.token));
}

TEST_F(SessionsTest, EndingTheOthersEndsThemAtOnceAndKeepsTheCurrentOne) {  // ASVS 7.5.2
  const auto mine = open();
  const auto other = open();
  EXPECT_TRUE(valid(other.token));  // known to the cache
  wait(sessions_.end_others(session(mine.token), client_));
  EXPECT_TRUE(valid(mine.token));
  EXPECT_FALSE(valid(other.token));
}

TEST_F(SessionsTest, ALastUseThatCannotBeWrittenHarmsNobody) {
  const auto used = session(open().token);
  clock_.advance(seconds(61));
  ASSERT_TRUE(sessions_.touch(used));
  wait(database_->execute(db::Statement{"ALTER TABLE sessions RENAME TO gone"}, db::Params()));
  EXPECT_NO_THROW(wait(sessions_.write_use(used)));
}

TEST_F(SessionsTest, AFullPageSaysWhereTheNextOneBegins) {
  for (int i = 0; i < 3; ++i) open();
  const auto first = wait(sessions_.list(user_.id, std::nullopt, 2));
  ASSERT_EQ(first.sessions.size(), 2U);
  ASSERT_TRUE(first.next);
  const auto second = wait(sessions_.list(user_.id, first.next, 2));
  EXPECT_EQ(second.sessions.size(), 1U);
  EXPECT_FALSE(second.next);
}

TEST_F(SessionsTest, HousekeepingForgetsWhatHasRunOut) {  // ASVS 14.2.7
  open();
  clock_.advance(seconds(900 + 61));
  const auto alive = open();
  wait(sessions_.forget_expired());
  EXPECT_EQ(select("SELECT id FROM sessions"), std::vector<std::string>{alive.id.text()});
}

TEST_F(SessionsTest, HousekeepingLooksThroughEveryPage) {  // ASVS 14.2.7
  open();
  wait(database_->execute(db::Statement{R"sql(
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2500)
    INSERT INTO sessions
    SELECT printf('00000000-0000-7000-8000-%012x', n), randomblob(32), user_id, aal, amr, auth_time, created_at,
           last_used_at, expires_at, ip, user_agent, stepped_up_at, factor FROM sessions, numbers)sql"},
                          db::Params()));
  clock_.advance(seconds(900 + 61));
  const auto alive = open();
  wait(sessions_.forget_expired());
  EXPECT_EQ(select("SELECT id FROM sessions"), std::vector<std::string>{alive.id.text()});
}

TEST_F(SessionsTest, NoneForAPasswordThatWasChangedSinceItWasVerified) {  // ASVS 7.4.3
  const Sessions::SignIn verified{.user = user_, .amr = {"pwd"}, .proven = {1, 1}, .client = client_};
  EXPECT_TRUE(wait(sessions_.open(verified)));
  wait(database_->execute(db::Statement{"UPDATE users SET password_version = 2"}, db::Params()));
  EXPECT_EQ(wait(sessions_.open(verified)).error().code, ErrorCode::invalid_credentials);
  wait(database_->execute(db::Statement{"UPDATE users SET password_must_change = 'staff'"}, db::Params()));
  EXPECT_EQ(wait(sessions_.open(verified)).error().code, ErrorCode::password_change_required);
}

TEST_F(SessionsTest, NoneForFactorsThatHaveChangedSinceTheyWereProven) {  // ASVS 6.3.4
  const Sessions::SignIn verified{.user = user_, .amr = {"pwd"}, .proven = {1, 1}, .client = client_};
  wait(database_->execute(db::Statement{"UPDATE users SET factors_version = 2"}, db::Params()));
  EXPECT_EQ(wait(sessions_.open(verified)).error().code, ErrorCode::invalid_credentials);
}

TEST_F(SessionsTest, AnAccountWithASecondFactorNeedsItOrATrustedBrowser) {  // ASVS 6.3.3, 6.3.4
  Sessions::SignIn sign_in{.user = user_, .amr = {"pwd"}, .client = client_};
  sign_in.user.second_factors = {accounts::Factor::totp};
  EXPECT_EQ(wait(sessions_.open(sign_in)).error().code, ErrorCode::mfa_failed);
  sign_in.trusted_browser = true;
  const auto trusted = session(wait(sessions_.open(sign_in)).value().token);
  EXPECT_EQ(trusted->assurance.aal, 1);
  EXPECT_EQ(trusted->assurance.stepped_up_at, std::nullopt);
  sign_in.trusted_browser = false;
  sign_in.aal = 2;
  const auto proven = session(wait(sessions_.open(sign_in)).value().token);
  EXPECT_EQ(proven->assurance.aal, 2);
  EXPECT_EQ(proven->assurance.stepped_up_at, clock_.now()) << "a sign-in with a second factor is a step-up";
}

TEST_F(SessionsTest, NoBrowserIsTrustedForARoleThatMustHaveASecondFactor) {  // ASVS 6.3.3
  const AssurancePolicy strict(clock_, seconds(300), {accounts::Role::user});
  Sessions sessions({.database = *database_, .policy = strict, .audit = audit_, .clock = clock_, .random = random_},
                    {.idle_timeout = seconds(900), .absolute_timeout = seconds(43200)});
  Sessions::SignIn sign_in{.user = user_, .amr = {"pwd"}, .trusted_browser = true, .client = client_};
  sign_in.user.second_factors = {accounts::Factor::totp};
  EXPECT_EQ(wait(sessions.open(sign_in)).error().code, ErrorCode::mfa_failed);
}

TEST_F(SessionsTest, ReadAnewShowsWhatTheAccountHasByNow) {
  const auto opened = open();
  EXPECT_FALSE(session(opened.token)->user.has_second_factor());
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    co_await tx.execute(db::Statement{"UPDATE users SET second_factors = 'totp'"}, db::Params());
    co_await sessions_.read_anew(tx, user_.id, ended);
    co_return Result<void>{};
  };
  EXPECT_TRUE(wait(sessions_.ending(body, ended)));
  EXPECT_TRUE(session(opened.token)->user.has_second_factor());
}

TEST_F(SessionsTest, WhatBelongsToASignInIsKeptWithItOrNotAtAll) {  // ASVS 2.3.3
  Sessions::SignIn failing{.user = user_, .amr = {"pwd"}, .client = client_};
  failing.also = [](db::Transaction&) -> net::awaitable<void> {
    throw db::DatabaseError("out of order");
    co_return;
  };
  EXPECT_THROW(wait(sessions_.open(failing)), db::DatabaseError);
  EXPECT_TRUE(select("SELECT id FROM sessions").empty());
}

TEST_F(SessionsTest, ARenewedSessionHasANewIdAndBothClocksAnew) {  // ASVS 7.2.4, 63B §5.2
  const auto opened = open();
  clock_.advance(seconds(600));
  const auto current = session(opened.token);
  auto assurance = current->assurance;
  assurance.auth_time = clock_.now();
  assurance.stepped_up_at = clock_.now();
  EXPECT_FALSE(assurance_.is_recent(*current));
  const auto renewed = renew(current, assurance).value();
  EXPECT_FALSE(valid(opened.token));
  clock_.advance(seconds(299));
  const auto now = session(renewed.token);
  EXPECT_EQ(now->user.id, user_.id);
  EXPECT_TRUE(assurance_.is_recent(*now));
  EXPECT_TRUE(assurance_.is_stepped_up(*now));
  clock_.advance(seconds(1));
  EXPECT_FALSE(assurance_.is_stepped_up(*now));
  EXPECT_EQ(now->expires_at - now->created_at, seconds(43200));
}

TEST_F(SessionsTest, ASignInByPasswordIsNoStepUp) {
  EXPECT_FALSE(assurance_.is_stepped_up(*session(open().token)));
}

TEST_F(SessionsTest, AnEndedSessionIsNotRenewed) {  // ASVS 7.4.1
  const auto current = session(open().token);
  wait(sessions_.end(current, client_));
  EXPECT_EQ(renew(current, current->assurance).error().code, ErrorCode::unauthenticated);
  EXPECT_TRUE(select("SELECT id FROM sessions").empty());
}

TEST_F(SessionsTest, NoneIsRenewedForWhoMayHaveNoneByNow) {  // ASVS 6.2.10
  const auto current = session(open().token);
  wait(database_->execute(db::Statement{"UPDATE users SET password_must_change = 'staff'"}, db::Params()));
  EXPECT_EQ(renew(current, current->assurance).error().code, ErrorCode::unauthenticated);
}

}  // namespace
}  // namespace secureauth::sessions
