#include "keys/key_standing.hpp"

#include "accounts/registration_store.hpp"
#include "accounts/user_store.hpp"
#include "app/feature_fixture.hpp"
#include "audit/audit_log.hpp"
#include "db/recording_database_fixture.hpp"
#include "passwords/pepper.hpp"

#include <array>
#include <map>
#include <set>

namespace secureauth::keys {
namespace {

constexpr std::array kTables{"users", "registrations", "recovery_codes", "totp_authenticators", "totp_enrolments",
                             "mails", "wrapped_keys",  "audit_logs",     "audit_heads"};

class KeyStandingTest : public app::FeatureFixture {
 protected:
  KeyStandingTest() {
    char fill = 'a';
    for (const auto& purpose : settings::key_purposes()) {
      auto& keys = config_.*purpose.keys;
      keys.current = key_of(fill++);
      keys.old.push_back(key_of(fill++));
    }
  }
  static crypto::SecretBytes key_of(char fill) { return crypto::SecretBytes(std::string(32, fill)); }

  std::vector<KeyStanding> standings(std::string_view purpose, Dependents dependents = Dependents::counted) {
    return key_standings({.database = recorded_, .outbox = outbox_, .totp_keys = ring_, .random = random_}, config_,
                         *settings::key_purpose(purpose), dependents);
  }
  /// Of the tables on which keys have something hanging, those that were read since the last call.
  std::set<std::string> read() {
    std::set<std::string> tables;
    for (const auto sql : recorded_.take()) {
      for (const std::string table : kTables) {
        if (sql.find("FROM " + table) != std::string_view::npos) tables.insert(table);
      }
    }
    return tables;
  }

  settings::Config config_;
  db::RecordingDatabase recorded_{*database_};
  crypto::KeyRing ring_{crypto::RotatingKey(key_of('t'))};
  mail::Outbox outbox_{clock_, random_, key_of('m')};
};

TEST_F(KeyStandingTest, OnlyWhatHangsOnThatPurposeIsRead) {
  const std::map<std::string, std::set<std::string>> wanted{{"secret", {"mails", "wrapped_keys"}},
                                                            {"csrf", {}},
                                                            {"pepper", {"users", "registrations", "recovery_codes"}},
                                                            {"totp", {"totp_authenticators", "totp_enrolments"}},
                                                            {"audit", {"audit_logs", "audit_heads"}},
                                                            {"token", {}}};
  for (const auto& purpose : settings::key_purposes()) {
    standings(purpose.name);
    EXPECT_EQ(read(), wanted.at(std::string(purpose.name))) << purpose.name;
    standings(purpose.name, Dependents::left_out);
    EXPECT_EQ(read(), std::set<std::string>()) << purpose.name;
    EXPECT_EQ(is_needed_by_backups(purpose), !wanted.at(std::string(purpose.name)).empty()) << purpose.name;
  }
}

TEST_F(KeyStandingTest, AHashCountsForThePepperThatItNames) {
  const auto& [current, next, old] = config_.password_pepper;
  accounts::registration_store::Pending pending{
      .id = "0198c0de-0000-7000-8000-000000000001",
      .email = "ann@example.test",
      .email_key = "ann@example.test",
      .name = {},
      .password_hash = "$argon2id$v=19$m=64,t=1,p=1,keyid=" + passwords::Pepper::id_of(old.front()) + "$c2FsdA$dGFn",
      .locale = "en",
      .created_at = clock_.now()};
  wait(accounts::registration_store::insert(*database_, std::move(pending), crypto::sha256({}),
                                            clock_.now() + std::chrono::hours(1)));
  const auto keys = standings("pepper");
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].dependents.front().count, 0) << "the current one";
  EXPECT_EQ(keys[1].id, crypto::key_id_of(old.front()));
  EXPECT_EQ(keys[1].dependents.front().count, 1);
  EXPECT_EQ(needs(keys[1], clock_.now()).front(), "1 × passwords and recovery codes under it");
}

TEST_F(KeyStandingTest, AnEntryCountsForTheKeyThatSignedIt) {
  const audit::AuditKeys keys(config_.audit_key.old.front(), {});
  const audit::AuditLog log(clock_, random_, keys);
  wait(log.record_alone(*database_, {.event = audit::Event::service_started}));
  const auto all = standings("audit");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].dependents.front().count, 0);
  EXPECT_EQ(all[1].id, keys.current_id());
  EXPECT_EQ(all[1].dependents.front().count, 1);
}

TEST_F(KeyStandingTest, AKeyThatOnlyRowsNameIsListed) {
  const crypto::KeyRing lost(crypto::RotatingKey(key_of('x')));
  const auto sealed = lost.seal(key_of('s'), "totp", "ann", random_);
  const accounts::User user{.id = UserId("0198c0de-0000-7000-8000-000000000001"),
                            .email = "ann@example.test",
                            .name = std::nullopt,
                            .email_verified = true,
                            .created_at = clock_.now()};
  wait(accounts::user_store::insert(*database_, user, user.email, ""));
  wait(database_->execute(db::Statement{R"sql(
    INSERT INTO totp_authenticators (user_id, secret, algorithm, digits, period, drift, last_step, created_at,
                                     last_used_at)
    VALUES ($1, $2, 'SHA1', 6, 30, 0, 0, $3, $3))sql"},
                          db::Params(user.id.text(), sealed, clock_.now())));
  const auto all = standings("totp");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2].state, kNotInSettings);
  EXPECT_EQ(all[2].id, crypto::KeyRing::key_id_of(sealed));
  EXPECT_EQ(all[2].dependents.front().count, 1);
}

TEST_F(KeyStandingTest, AnOldKeyIsNeededUntilWhatItMadeHasEnded) {
  KeyStanding key{.id = "id", .state = "old", .since = {}, .dependents = {}, .needed_until = {}};
  const auto now = clock_.now();
  EXPECT_EQ(needs(key, now).size(), 1U) << "no service has taken it for an old one";
  key.needed_until = now + std::chrono::seconds(1);
  EXPECT_EQ(needs(key, now).size(), 1U);
  key.needed_until = now;
  EXPECT_TRUE(needs(key, now).empty());
}

}  // namespace
}  // namespace secureauth::keys
