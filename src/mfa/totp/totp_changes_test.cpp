#include "mfa/totp/totp_changes.hpp"

#include "accounts/user_store.hpp"
#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "crypto/uuid.hpp"

#include <algorithm>

namespace secureauth::mfa {
namespace {

using accounts::Role;
using std::chrono::hours;
using std::chrono::minutes;

class TotpChangesTest : public app::FeatureFixture {
 protected:
  accounts::User add_account(std::string_view address, Role role = Role::user) {
    const accounts::User user{.id = UserId(crypto::uuid_v7(random_, clock_.now())),
                              .email = std::string(address),
                              .name = std::nullopt,
                              .email_verified = true,
                              .role = role,
                              .created_at = clock_.now()};
    EXPECT_TRUE(wait(accounts::user_store::insert(*database_, user, email(address).key(), "$argon2id$")));
    return user;
  }
  sessions::SessionRef session_of(const sessions::SessionToken& token) { return wait(sessions_.check(token)).value(); }

  /// As a confirmed set-up leaves the account.
  void add_authenticator(const accounts::User& user) {
    const crypto::SecretBytes secret(kTotpSecretBytes);
    totp_store::Active active{.secret = keys_.seal(secret, kTotpPurpose, user.id.text(), random_),
                              .parameters = {},
                              .position = {},
                              .created_at = clock_.now(),
                              .last_used_at = clock_.now()};
    wait(totp_store::put(*database_, user.id, std::move(active)));
    run({"UPDATE users SET second_factors = 'totp recovery_code'"});
    run(
        {"INSERT INTO recovery_codes (user_id, selector, code_hash, created_at) "
         "SELECT id, 'ABC', '$argon2id$', created_at FROM users"});
  }
  sessions::SessionToken sign_in(const accounts::User& user, bool both_factors = false) {
    sessions::Sessions::SignIn sign_in{.user = user,
                                       .amr = {"pwd"},
                                       .aal = both_factors ? 2 : 1,
                                       .trusted_browser = false,
                                       .proven = {},
                                       .client = client_};
    return wait(sessions_.open(std::move(sign_in))).value().token;
  }
  Result<sessions::Sessions::Opened> disable(const sessions::SessionToken& token, bool end_others = true) {
    return wait(changes_.disable(session_of(token), end_others, client_));
  }
  void run(db::Statement statement) { wait(database_->execute(statement, db::Params())); }
  bool recorded(std::string_view event) {
    return std::ranges::count(select("SELECT event FROM audit_logs"), event) > 0;
  }

  audit::AuditLog audit_{clock_, random_, audit::keys_for_tests()};
  crypto::SecretBytes key_{32};
  mail::Outbox outbox_{clock_, random_, key_};
  accounts::AccountLetters letters_{"auth.example", "https://auth.example"};
  sessions::AssurancePolicy policy_{clock_, minutes(5), {Role::admin}};
  sessions::Sessions sessions_{
      {.database = *database_, .policy = policy_, .audit = audit_, .clock = clock_, .random = random_},
      {.idle_timeout = hours(1), .absolute_timeout = hours(12)}};
  crypto::KeyRing keys_{key_, {}};
  TotpAuthenticators totp_{{.keys = keys_, .audit = audit_, .clock = clock_, .random = random_},
                           {.issuer = "auth.example", .fresh = {}, .skew_steps = 1, .enrolment_ttl = minutes(5)}};
  FactorChanges factor_changes_{
      {.sessions = sessions_, .outbox = outbox_, .letters = letters_, .audit = audit_, .clock = clock_}};
  TotpChanges changes_{{.database = *database_,
                        .sessions = sessions_,
                        .policy = policy_,
                        .authenticators = totp_,
                        .changes = factor_changes_,
                        .audit = audit_}};
};

TEST_F(TotpChangesTest, AStartedSetUpIsAuditedAndChangesNothingElse) {  // ASVS 16.3.3
  const auto ann = add_account("ann@example.org");
  const auto token = sign_in(ann);
  const auto provision = wait(changes_.begin(session_of(token), client_));
  ASSERT_TRUE(provision);
  EXPECT_NE(provision->uri.find("ann%40example.org"), std::string::npos);
  EXPECT_TRUE(recorded("mfa.enrolment_started"));
  EXPECT_TRUE(wait(sessions_.check(token))) << "the session goes on";
  EXPECT_EQ(select("SELECT second_factors FROM users"), std::vector<std::string>{""});
}

TEST_F(TotpChangesTest, DisablingTakesAwayTheFactorAndItsRecoveryCodes) {  // ASVS 6.5.6, 7.2.4, 6.3.7
  const auto ann = add_account("ann@example.org");
  add_authenticator(ann);
  const auto token = sign_in(ann, true);
  const auto elsewhere = sign_in(ann, true);
  const auto opened = disable(token);
  ASSERT_TRUE(opened);
  EXPECT_FALSE(wait(sessions_.check(token))) << "the id is new";
  EXPECT_TRUE(wait(sessions_.check(opened->token)));
  EXPECT_FALSE(wait(sessions_.check(elsewhere))) << "the other sessions end";
  EXPECT_EQ(select("SELECT second_factors FROM users"), std::vector<std::string>{""});
  EXPECT_TRUE(select("SELECT user_id FROM totp_authenticators").empty());
  EXPECT_TRUE(select("SELECT user_id FROM recovery_codes").empty());
  EXPECT_TRUE(recorded("mfa.factor_removed"));
  const auto mails = wait(outbox_.newest(*database_, 10));
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_EQ(mails.front().kind, mail::Kind::factor_removed);
}

TEST_F(TotpChangesTest, TheOtherSessionsMayGoOn) {
  const auto ann = add_account("ann@example.org");
  add_authenticator(ann);
  const auto token = sign_in(ann, true);
  const auto elsewhere = sign_in(ann, true);
  ASSERT_TRUE(disable(token, false));
  EXPECT_FALSE(session_of(elsewhere)->user.has_second_factor()) << "and know what the account has now";
}

TEST_F(TotpChangesTest, ThereMustBeOneToDisable) {
  const auto ann = add_account("ann@example.org");
  const auto token = sign_in(ann);
  EXPECT_EQ(disable(token).error().code, ErrorCode::conflict);
  EXPECT_TRUE(wait(sessions_.check(token)));
}

TEST_F(TotpChangesTest, TheLastOneStaysWhereTheRoleMustHaveOne) {  // ASVS 6.5.6, 6.3.3
  const auto root = add_account("root@example.org", Role::admin);
  add_authenticator(root);
  const auto token = sign_in(root, true);
  EXPECT_EQ(disable(token).error().code, ErrorCode::conflict);
  EXPECT_EQ(select("SELECT second_factors FROM users"), std::vector<std::string>{"totp recovery_code"});
  EXPECT_EQ(select("SELECT user_id FROM totp_authenticators").size(), 1U);
}

TEST_F(TotpChangesTest, AFactorThatCameMeanwhileCounts) {  // ASVS 7.5.1, 15.4.2
  const auto ann = add_account("ann@example.org");
  const auto session = session_of(sign_in(ann));  // as the gate saw it
  add_authenticator(ann);
  EXPECT_EQ(wait(changes_.begin(session, client_)).error().code, ErrorCode::step_up_required);
  EXPECT_TRUE(select("SELECT user_id FROM totp_enrolments").empty());
  EXPECT_EQ(wait(changes_.disable(session, false, client_)).error().code, ErrorCode::step_up_required);
  EXPECT_EQ(select("SELECT user_id FROM totp_authenticators").size(), 1U);
}

TEST_F(TotpChangesTest, ARoleThatCameMeanwhileCounts) {
  const auto ann = add_account("ann@example.org");
  add_authenticator(ann);
  const auto token = sign_in(ann, true);
  const auto session = session_of(token);
  run({"UPDATE users SET role = 'admin'"});
  EXPECT_EQ(wait(changes_.disable(session, true, client_)).error().code, ErrorCode::conflict);
}

}  // namespace
}  // namespace secureauth::mfa
