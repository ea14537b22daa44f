#include "accounts/account_fixture.hpp"

namespace secureauth::accounts {
namespace {

class AccountDataTest : public AccountFixture {
 protected:
  boost::json::object exported(const sessions::SessionRef& session) { return wait(data_.of(session, client_)).value(); }
  /// So many audit rows with this actor and subject.
  void add_events(int count, const UserId& actor, const UserId& subject) {
    wait(database_->execute(db::Statement{R"sql(
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
      INSERT INTO audit_logs (id, at, event, outcome, actor_id, subject_id, ip, user_agent, request_id, details)
      SELECT $2 || '-' || i, '2020-01-01T00:00:00.000000Z', 'planted', 'success', $2, $3, '192.0.2.77', 'theirs', '', '{}' FROM n)sql"},
                            db::Params(count, actor.text(), subject.text())));
  }
  /// An authenticator with this secret, and two recovery codes with such hashes, of which one was used.
  void add_factors(const UserId& user, std::string_view secret, std::string_view hash) {
    wait(database_->execute(db::Statement{R"sql(
      INSERT INTO totp_authenticators (user_id, secret, algorithm, digits, period, drift, last_step, created_at, last_used_at)
      VALUES ($1, $2, 'SHA256', 8, 60, 0, 1, '2026-01-01T00:00:00.000000Z', '2026-01-02T00:00:00.000000Z'))sql"},
                            db::Params(user.text(), secret)));
    wait(database_->execute(db::Statement{R"sql(
      INSERT INTO recovery_codes (user_id, selector, code_hash, created_at, used_at)
      VALUES ($1, '000', $2, '2026-01-01T00:00:00.000000Z', NULL),
             ($1, '111', $2, '2026-01-01T00:00:00.000000Z', '2026-01-03T00:00:00.000000Z'))sql"},
                            db::Params(user.text(), hash)));
  }
};

TEST_F(AccountDataTest, OnlyTheNewestEventsAreHandedOutAndItSaysSo) {
  const auto ann = add_account("ann@example.org");
  const auto session = sign_in(ann);
  add_events(AccountData::kMostEvents, ann.id, ann.id);
  const auto data = exported(session);
  const auto& events = data.at("events").as_array();
  EXPECT_EQ(events.size(), static_cast<std::size_t>(AccountData::kMostEvents));
  EXPECT_EQ(events.front().at("event").as_string(), "user.data_exported") << "the newest first";
  EXPECT_TRUE(data.at("events_truncated").as_bool());
}

TEST_F(AccountDataTest, AnEntryThatWasAlteredKeepsNobodyFromTheRest) {
  const auto ann = add_account("ann@example.org");
  const auto session = sign_in(ann);
  add_events(2, ann.id, ann.id);
  wait(database_->execute(db::Statement{"UPDATE audit_logs SET details = '{', at = 'x' WHERE event = 'planted'"},
                          db::Params()));
  const auto text = boost::json::serialize(exported(session));
  EXPECT_NE(text.find("planted"), std::string::npos);
  EXPECT_NE(text.find("login.succeeded"), std::string::npos);
}

TEST_F(AccountDataTest, WhatSomebodyDidToOthersIsShownWithoutThem) {
  const auto ann = add_account("ann@example.org");
  const auto bob = add_account("bob@example.org");
  add_events(2, ann.id, bob.id);
  const auto data = exported(sign_in(ann));
  EXPECT_EQ(data.at("events_about_others").as_array().size(), 2U);
  EXPECT_EQ(boost::json::serialize(data.at("events_about_others")).find(bob.id.text()), std::string::npos);
  EXPECT_FALSE(data.at("events_truncated").as_bool());
}

TEST_F(AccountDataTest, WhoeverActedOnTheAccountIsNotPartOfItsData) {
  const auto ann = add_account("ann@example.org");
  const auto bob = add_account("bob@example.org");
  add_events(1, bob.id, ann.id);
  const auto text = boost::json::serialize(exported(sign_in(ann)));
  EXPECT_NE(text.find("planted"), std::string::npos);
  for (const std::string_view theirs : {"192.0.2.77", "theirs"}) {
    EXPECT_EQ(text.find(theirs), std::string::npos) << theirs;
  }
}

TEST_F(AccountDataTest, SecondFactorsAreShownWithoutTheirSecrets) {
  const auto ann = add_account("ann@example.org");
  const auto bob = add_account("bob@example.org");
  const boost::json::array none;
  EXPECT_EQ(exported(sign_in(ann)).at("second_factors"), none) << "she has none";
  add_factors(ann.id, "sealed-secret", "hash-of-a-code");
  const auto data = exported(sign_in(ann));
  EXPECT_EQ(data.at("second_factors"), boost::json::parse(R"([
    {"method": "totp", "created_at": "2026-01-01T00:00:00.000000Z", "last_used_at": "2026-01-02T00:00:00.000000Z",
     "algorithm": "SHA256", "digits": 8, "period": 60},
    {"method": "recovery_code", "created_at": "2026-01-01T00:00:00.000000Z",
     "last_used_at": "2026-01-03T00:00:00.000000Z", "remaining": 1}])"));
  const auto text = boost::json::serialize(data);
  for (const std::string_view secret : {"sealed-secret", "hash-of-a-code"}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  }
  EXPECT_EQ(exported(sign_in(bob)).at("second_factors"), none) << "and they are nobody else's";
}

TEST_F(AccountDataTest, NothingIsLeftOfADeletedAccountsMails) {  // ASVS 14.2.7
  const auto ann = add_account("ann@example.org");
  add_account("bob@example.org");
  for (const auto* address : {"ann@example.org", "bob@example.org"}) wait(reset_.request(email(address), client_));
  EXPECT_TRUE(wait(deletion_(sign_in(ann), client_)));
  EXPECT_EQ(select("SELECT kind FROM mails ORDER BY kind"),
            (std::vector<std::string>{"account_deleted", "reset_password"}))
      << "of the other account one waits still";
  EXPECT_EQ(select("SELECT id FROM one_time_tokens").size(), 1U);
}

TEST_F(AccountDataTest, AFactorThatCameMeanwhileKeepsTheAccount) {  // ASVS 7.5.3, 15.4.2
  const auto session = sign_in(add_account("ann@example.org"));     // as the gate saw it
  add_factor();
  EXPECT_EQ(wait(deletion_(session, client_)).error().code, ErrorCode::step_up_required);
  EXPECT_EQ(select("SELECT id FROM users").size(), 1U);
}

TEST_F(AccountDataTest, TheLastActiveAdminStays) {
  const auto ann = add_account("ann@example.org", Role::admin);
  const auto bob = add_account("bob@example.org", Role::admin);
  wait(user_store::set_status(*database_, bob.id, Status::disabled, clock_.now()));
  const auto session = sign_in(ann);
  EXPECT_EQ(wait(deletion_(session, client_)).error().code, ErrorCode::conflict);
  EXPECT_EQ(select("SELECT id FROM sessions").size(), 1U) << "and its session goes on";
  wait(user_store::set_status(*database_, bob.id, Status::active, clock_.now()));
  EXPECT_TRUE(wait(deletion_(session, client_)));
}

}  // namespace
}  // namespace secureauth::accounts
