#include "admin/user_admin.hpp"

#include "accounts/account_fixture.hpp"
#include "admin/audit_reader.hpp"
#include "admin/user_directory.hpp"

#include <algorithm>

namespace secureauth::admin {
namespace {

using accounts::Role;
using accounts::Status;
using accounts::User;

class UserAdminTest : public accounts::AccountFixture {
 protected:
  static Operator as(const User& user) {
    return {.actor = user.id, .session = SessionId("0198c0de-0000-7000-8000-0000000000aa"), .client = {}};
  }
  ErrorCode refusal(net::awaitable<Result<User>> work) { return wait(std::move(work)).error().code; }
  User now(const User& user) { return wait(accounts::user_store::find_by_id(*database_, user.id)).value().user; }
  /// `event outcome details` of every entry by somebody, in the order of the alphabet: all are of one moment.
  std::vector<std::string> recorded_by(const User& user) {
    const auto rows =
        wait(database_->execute(db::Statement{"SELECT event, outcome, details FROM audit_logs WHERE actor_id = $1"},
                                db::Params(user.id.text())));
    std::vector<std::string> entries;
    for (const auto& row : rows) entries.push_back(row.text(0) + ' ' + row.text(1) + ' ' + row.text(2));
    std::ranges::sort(entries);
    return entries;
  }

  crypto::KeyRing totp_keys_{crypto::SecretBytes(32), {}};
  mfa::TotpAuthenticators totp_{{.keys = totp_keys_, .audit = audit_, .clock = clock_, .random = random_}, {}};
  protection::FactorGuesses factor_guesses_{clock_,
                                            {.in_window = 10, .window = std::chrono::minutes(15), .in_a_row = 100}};
  mfa::FactorReset factor_reset_{{.database = recorder_,
                                  .sessions = sessions_,
                                  .totp = totp_,
                                  .guesses = factor_guesses_,
                                  .outbox = outbox_,
                                  .letters = letters_,
                                  .audit = audit_,
                                  .clock = clock_}};
  UserAdmin admin_{{.database = recorder_,
                    .policy = policy_,
                    .hasher = hasher_,
                    .sessions = sessions_,
                    .password_guesses = guesses_,
                    .factor_guesses = factor_guesses_,
                    .factor_reset = factor_reset_,
                    .password_reset = reset_,
                    .deletion = deletion_,
                    .audit = audit_,
                    .clock = clock_,
                    .random = random_}};
  UserDirectory directory_{{.database = recorder_,
                            .sessions = sessions_,
                            .password_guesses = guesses_,
                            .factor_guesses = factor_guesses_,
                            .data = data_,
                            .audit = audit_}};
};

TEST_F(UserAdminTest, ARoleIsChangedByIdAndByAddressAndSessionsEnd) {  // ASVS 7.2.4, 8.3.2
  const auto root = add_account("root@example.org", Role::admin);
  const auto ann = add_account("ann@example.org");
  const auto session = sign_in(ann);
  EXPECT_EQ(wait(admin_.change(ann.id, {.role = Role::staff}, as(root))).value().role, Role::staff);
  EXPECT_TRUE(select("SELECT id FROM sessions").empty());
  EXPECT_EQ(wait(admin_.change(email("ANN@example.org"), {.role = Role::user}, command_line_operator())).value().id,
            ann.id);
  EXPECT_EQ(recorded_by(root),
            (std::vector<std::string>{R"(session.ended success {"reason":"user.role_changed"})",
                                      R"(user.role_changed success {"role":"staff","former":"user"})"}));
}

TEST_F(UserAdminTest, WhatChangesNothingEndsNoSessionAndIsNotRecorded) {
  const auto root = add_account("root@example.org", Role::admin);
  const auto ann = add_account("ann@example.org");
  sign_in(ann);
  EXPECT_TRUE(wait(admin_.change(ann.id, {.role = Role::user, .status = Status::active}, as(root))));
  EXPECT_EQ(select("SELECT id FROM sessions").size(), 1U);
  EXPECT_TRUE(recorded_by(root).empty());
  EXPECT_TRUE(wait(admin_.change(ann.id, {.role = Role::user, .status = Status::disabled}, as(root))));
  EXPECT_EQ(recorded_by(root),
            (std::vector<std::string>{R"(session.ended success {"reason":"user.status_changed"})",
                                      R"(user.status_changed success {"status":"disabled","former":"active"})"}));
}

TEST_F(UserAdminTest, EverybodysSessionsEndTogetherWithTheEntryThatSaysSo) {  // ASVS 16.3.1
  const auto root = add_account("root@example.org", Role::admin);
  sign_in(root);
  EXPECT_EQ(wait(admin_.end_everybodys_sessions(as(root))), 1U);
  EXPECT_EQ(recorded_by(root).back(), R"(sessions.revoked success {"everybody":true,"count":1})");
  sign_in(root);
  wait(database_->execute(
      db::Statement{"CREATE TRIGGER no BEFORE INSERT ON audit_logs WHEN NEW.event = 'sessions.revoked'"
                    " BEGIN SELECT RAISE(ABORT, 'no'); END"},
      db::Params()));
  EXPECT_THROW(wait(admin_.end_everybodys_sessions(as(root))), db::DatabaseError);
  EXPECT_EQ(select("SELECT id FROM sessions").size(), 1U);
}

TEST_F(UserAdminTest, NobodyAdministersTheOwnAccount) {  // ASVS 8.4.2
  const auto root = add_account("root@example.org", Role::admin);
  add_account("other@example.org", Role::admin);
  EXPECT_EQ(refusal(admin_.change(root.id, {.role = Role::user}, as(root))), ErrorCode::forbidden);
  EXPECT_EQ(refusal(admin_.change(root.id, {.role = Role::admin}, as(root))), ErrorCode::forbidden);
  EXPECT_EQ(refusal(admin_.change(root.id, {.status = Status::disabled}, as(root))), ErrorCode::forbidden);
  EXPECT_EQ(refusal(admin_.reset_factors(root.id, as(root))), ErrorCode::forbidden);
  EXPECT_EQ(refusal(admin_.erase(email("root@example.org"), as(root))), ErrorCode::forbidden);
  EXPECT_TRUE(is_active_admin(now(root)));
  const auto recorded = recorded_by(root);
  for (const auto& [permission, times] : {std::pair("users:change", 3), {"users:reset-mfa", 1}, {"users:delete", 1}}) {
    const auto entry =
        std::string(R"(user.change_refused failure {"permission":")") + permission + R"(","reason":"own_account"})";
    EXPECT_EQ(std::ranges::count(recorded, entry), times) << entry;
  }
  EXPECT_EQ(recorded.size(), 5U);
}

TEST_F(UserAdminTest, TheLastActiveAdminStays) {  // ASVS 8.4.2
  const auto root = add_account("root@example.org", Role::admin);
  const auto other = add_account("other@example.org", Role::admin);
  EXPECT_TRUE(wait(admin_.change(other.id, {.status = Status::disabled}, command_line_operator())));
  EXPECT_EQ(refusal(admin_.change(root.id, {.role = Role::staff}, command_line_operator())), ErrorCode::conflict);
  EXPECT_EQ(refusal(admin_.change(root.id, {.status = Status::disabled}, command_line_operator())),
            ErrorCode::conflict);
  EXPECT_EQ(refusal(admin_.erase(root.id, command_line_operator())), ErrorCode::conflict);
  EXPECT_TRUE(is_active_admin(now(root)));
  EXPECT_EQ(select("SELECT details FROM audit_logs WHERE event = 'user.change_refused'").size(), 3U);
  EXPECT_TRUE(wait(admin_.erase(other.id, command_line_operator())))
      << "one that is disabled is not the last active one";
}

TEST_F(UserAdminTest, TheOperatorsRightIsLookedAtInsideTheTransaction) {  // ASVS 8.3.2
  const auto ann = add_account("ann@example.org");
  for (const auto role : {Role::user, Role::staff}) {
    const auto lapsed = add_account(std::string(to_text(role)) + "@example.org", role);
    EXPECT_EQ(refusal(admin_.change(ann.id, {.role = Role::admin}, as(lapsed))), ErrorCode::forbidden);
    EXPECT_EQ(refusal(admin_.unlock(ann.id, as(lapsed))), ErrorCode::forbidden);
    const std::string entry = R"(user.change_refused failure {"permission":"users:change","reason":"not_permitted"})";
    EXPECT_EQ(std::ranges::count(recorded_by(lapsed), entry), 1);
  }
  const auto gone = add_account("gone@example.org", Role::admin);
  wait(accounts::user_store::erase(*database_, gone.id));
  EXPECT_EQ(refusal(admin_.change(ann.id, {.role = Role::admin}, as(gone))), ErrorCode::forbidden);
  EXPECT_EQ(now(ann).role, Role::user);
}

TEST_F(UserAdminTest, AdministrationIsDoneOneAfterTheOther) {  // ASVS 15.4.2
  const auto ann = add_account("ann@example.org");
  recorder_.take_subjects();
  EXPECT_TRUE(wait(admin_.change(ann.id, {.role = Role::staff}, command_line_operator())));
  EXPECT_EQ(recorder_.take_subjects(),
            (std::vector<std::string>{std::string(accounts::kAdministration), accounts::serial_subject(ann.id)}));
}

TEST_F(UserAdminTest, UnlockingForgetsPasswordsAndCodes) {  // 63B §3.2.2
  const auto ann = add_account("ann@example.org");
  const auto subject = guesses_.subject_of("ann@example.org");
  auto fail = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    const protection::PasswordGuesses::Spent spent{.guess = {.subject = subject, .known_browser = {}, .network = "n"},
                                                   .before = {}};
    co_await guesses_.count_failure(tx, spent);
    const protection::FactorGuesses::Guess code{.user = ann.id, .authenticator = accounts::Factor::totp};
    co_await factor_guesses_.spend(tx, code);
    co_return Result<void>{};
  };
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(wait(database_->transaction(fail)));
  const auto shown = wait(directory_.view(ann.id, command_line_operator())).value().guesses;
  ASSERT_EQ(shown.size(), 2U);
  for (const auto& one : shown) {
    EXPECT_EQ(one.failed_in_a_row, 10);
    EXPECT_TRUE(one.locked);
    EXPECT_GT(one.locked_until.value(), clock_.now());
    EXPECT_FALSE(one.known_browsers);
  }
  clock_.advance(std::chrono::minutes(16));
  EXPECT_FALSE(wait(directory_.view(ann.id, command_line_operator())).value().guesses.front().locked);
  EXPECT_TRUE(wait(admin_.unlock(ann.id, command_line_operator())));
  EXPECT_TRUE(wait(directory_.view(ann.id, command_line_operator())).value().guesses.empty());
}

TEST_F(UserAdminTest, AResetIsMailedUpToTheCapAndTellsNotWhereStaffSits) {  // ASVS 6.4.6
  const auto root = add_account("root@example.org", Role::admin);
  const auto ann = add_account("ann@example.org");
  auto by = as(root);
  by.client.ip = "192.0.2.66";
  for (int i = 0; i < 3; ++i) {
    clock_.advance(std::chrono::seconds(1));
    EXPECT_TRUE(wait(admin_.send_reset(ann.id, by)));
  }
  const auto link = token_in<accounts::ResetToken>(mail::Kind::reset_password);
  const auto beyond = wait(admin_.send_reset(ann.id, by)).error();
  EXPECT_EQ(beyond.code, ErrorCode::rate_limited);
  EXPECT_EQ(beyond.retry_after, std::chrono::hours(1));
  EXPECT_EQ(mails_of(mail::Kind::reset_password), 3U);
  EXPECT_EQ(mail_of(mail::Kind::reset_password)->text.find("192.0.2.66"), std::string::npos);
  EXPECT_TRUE(wait(reset_.confirm(link.value(), password(kNewPassword), client_))) << "the last one that was mailed";
}

TEST_F(UserAdminTest, AnAccountIsListedByItsAddressOnEveryPageOnce) {
  for (const auto* address :
       {"b@example.org", "a-b@example.org", "a.b@example.org", "ab@example.org", "B2@example.org"}) {
    add_account(address);
  }
  std::vector<std::string> listed;
  std::optional<std::string> after;
  do {
    const auto page = wait(directory_.list({}, after, 2, command_line_operator()));
    for (const auto& user : page.users) listed.push_back(user.email);
    after = page.next;
  } while (after);
  EXPECT_EQ(listed, (std::vector<std::string>{"a-b@example.org", "a.b@example.org", "ab@example.org", "B2@example.org",
                                              "b@example.org"}));
  EXPECT_EQ(wait(directory_.list({.email_prefix = "a."}, std::nullopt, 9, command_line_operator())).users.size(), 1U);
  EXPECT_EQ(wait(directory_.list({.email_prefix = "a"}, "a.b@example.org", 9, command_line_operator())).users.size(),
            1U);
  EXPECT_EQ(wait(directory_.list({.role = Role::staff}, std::nullopt, 9, command_line_operator())).users.size(), 0U);
}

TEST_F(UserAdminTest, NothingIsShownThatWasNotRecorded) {  // ASVS 8.4.2
  const auto root = add_account("root@example.org", Role::admin);
  wait(database_->execute(db::Statement{"DROP TABLE audit_pending"}, db::Params()));
  EXPECT_THROW(wait(directory_.list({}, std::nullopt, 9, as(root))), db::DatabaseError);
  EXPECT_THROW(wait(directory_.view(root.id, as(root))), db::DatabaseError);
  const AuditReader reader({.database = *database_, .audit = audit_});
  EXPECT_THROW(wait(reader.begin({}, AuditReader::Extent::one_page, as(root))), db::DatabaseError);
  EXPECT_THROW(wait(admin_.unlock(root.id, command_line_operator())), db::DatabaseError);
}

}  // namespace
}  // namespace secureauth::admin
