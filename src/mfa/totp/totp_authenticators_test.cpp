#include "mfa/totp/totp_authenticators.hpp"

#include "accounts/user_store.hpp"
#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "crypto/uuid.hpp"
#include "mfa/totp/provisioning.hpp"

#include <cstdlib>
#include <liboath/oath.h>
#include <utility>

namespace secureauth::mfa {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

crypto::SecretBytes key_of(unsigned char first) {
  crypto::SecretBytes key(32);
  for (std::size_t i = 0; i < key.size(); ++i) key.bytes()[i] = static_cast<std::byte>(first + i);
  return key;
}

class TotpAuthenticatorsTest : public app::FeatureFixture {
 protected:
  accounts::User add_account(std::string_view address) {
    const accounts::User user{.id = UserId(crypto::uuid_v7(random_, clock_.now())),
                              .email = std::string(address),
                              .name = std::nullopt,
                              .email_verified = true,
                              .created_at = clock_.now()};
    EXPECT_TRUE(wait(accounts::user_store::insert(*database_, user, email(address).key(), "$argon2id$")));
    return user;
  }

  /// Runs one step of an account in a transaction of its own, committed whatever its verdict.
  template <class Step>
  auto in_transaction(const UserId& user, Step step) {
    using Verdict = typename decltype(step(std::declval<db::Transaction&>()))::value_type;
    std::optional<Verdict> verdict;
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      tx.serialize_on(accounts::serial_subject(user));
      verdict.emplace(co_await step(tx));
      co_return Result<void>{};
    };
    EXPECT_TRUE(wait(database_->transaction(body)));
    return *std::move(verdict);
  }
  TotpAuthenticators::Provision begin(const accounts::User& user) {
    auto step = [&](db::Transaction& tx) { return totp_.begin(tx, user); };
    return in_transaction(user.id, step);
  }
  bool confirm(const UserId& user, const std::string& code) {
    auto step = [&](db::Transaction& tx) { return totp_.confirm(tx, user, code); };
    return in_transaction(user, step).value();
  }
  std::optional<ErrorCode> verify(const UserId& user, const std::string& code) { return verify(totp_, user, code); }
  std::optional<ErrorCode> verify(TotpAuthenticators& totp, const UserId& user, const std::string& code) {
    auto step = [&](db::Transaction& tx) { return totp.verify(tx, user, code, client_); };
    const auto verdict = in_transaction(user, step);
    if (verdict) return std::nullopt;
    return verdict.error().code;
  }
  bool remove(const UserId& user) {
    auto step = [&](db::Transaction& tx) { return totp_.remove(tx, user); };
    return in_transaction(user, step);
  }

  /// What an app shows that was given the secret, with its clock so many steps ahead.
  std::string code_of(const TotpAuthenticators::Provision& provision, int steps_ahead = 0) {
    char* bytes = nullptr;
    std::size_t size = 0;
    EXPECT_EQ(oath_base32_decode(provision.secret.data(), provision.secret.size(), &bytes, &size), OATH_OK);
    const crypto::SecretBytes secret(std::string_view(bytes, size));
    std::free(bytes);
    const auto step = totp_step(clock_.now(), provision.parameters) + steps_ahead;
    return totp_code(secret, provision.parameters, step);
  }
  /// An account whose authenticator is active; the next code is fresh.
  TotpAuthenticators::Provision enrol(const accounts::User& user) {
    auto provision = begin(user);
    EXPECT_TRUE(confirm(user.id, code_of(provision)));
    clock_.advance(seconds(60));
    return provision;
  }
  std::size_t events(std::string_view name) {
    const auto all = select("SELECT event FROM audit_logs");
    return static_cast<std::size_t>(std::ranges::count(all, name));
  }
  void run(db::Statement statement) { wait(database_->execute(statement, db::Params())); }

  audit::AuditLog audit_{clock_, random_, audit::keys_for_tests()};
  crypto::KeyRing keys_{key_of(1), {}};
  TotpAuthenticators totp_{{.keys = keys_, .audit = audit_, .clock = clock_, .random = random_},
                           {.issuer = "auth.example", .fresh = {}, .skew_steps = 1, .enrolment_ttl = minutes(5)}};
};

TEST_F(TotpAuthenticatorsTest, WaitsUntilACodeConfirmsIt) {  // RFC 4226 §4 R6; 63B §3.1.4.1
  const auto ann = add_account("ann@example.org");
  EXPECT_FALSE(wait(totp_.is_pending(*database_, ann.id)));
  const auto provision = begin(ann);
  EXPECT_EQ(provision.secret.size(), 32U) << "160 bits";
  EXPECT_TRUE(wait(totp_.is_pending(*database_, ann.id)));
  EXPECT_FALSE(wait(totp_.find(*database_, ann.id)));
  EXPECT_EQ(verify(ann.id, code_of(provision)), ErrorCode::mfa_failed) << "not active yet";
  EXPECT_FALSE(confirm(ann.id, code_of(provision, 3)));
  EXPECT_TRUE(confirm(ann.id, code_of(provision)));
  EXPECT_FALSE(wait(totp_.is_pending(*database_, ann.id)));
  const auto listed = wait(totp_.find(*database_, ann.id));
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->created_at, clock_.now());
  EXPECT_EQ(listed->parameters, TotpParameters{});
}

TEST_F(TotpAuthenticatorsTest, TheUriNamesIssuerAndAccount) {
  const auto provision = begin(add_account("ann@example.org"));
  EXPECT_EQ(provision.uri, "otpauth://totp/auth.example:ann%40example.org?secret=" + provision.secret +
                               "&issuer=auth.example&algorithm=SHA1&digits=6&period=30");
}

TEST_F(TotpAuthenticatorsTest, ASetUpEndsAfterItsTime) {  // 63B §3.1.4.1: late confirm
  const auto ann = add_account("ann@example.org");
  const auto late = begin(ann);
  EXPECT_EQ(late.expires_at, clock_.now() + minutes(5));
  clock_.advance(minutes(5));
  EXPECT_FALSE(confirm(ann.id, code_of(late)));
  EXPECT_FALSE(wait(totp_.is_pending(*database_, ann.id)));
  wait(totp_.forget_expired(*database_));
  EXPECT_TRUE(select("SELECT user_id FROM totp_enrolments").empty());
  const auto early = begin(ann);
  clock_.advance(minutes(5) - seconds(1));
  EXPECT_TRUE(confirm(ann.id, code_of(early)));
}

TEST_F(TotpAuthenticatorsTest, TheSecondSetUpReplacesTheFirst) {
  const auto ann = add_account("ann@example.org");
  const auto first = begin(ann);
  const auto second = begin(ann);
  EXPECT_NE(first.secret, second.secret);
  EXPECT_FALSE(confirm(ann.id, code_of(first)));
  EXPECT_TRUE(confirm(ann.id, code_of(second)));
}

TEST_F(TotpAuthenticatorsTest, TheActiveOneWorksUntilTheNewOneIsConfirmed) {  // DESIGN: a second TOTP set-up
  const auto ann = add_account("ann@example.org");
  const auto active = enrol(ann);
  const auto fresh = begin(ann);
  EXPECT_EQ(verify(ann.id, code_of(active)), std::nullopt);
  EXPECT_TRUE(confirm(ann.id, code_of(fresh)));
  clock_.advance(seconds(60));
  EXPECT_EQ(verify(ann.id, code_of(active)), ErrorCode::mfa_failed);
  EXPECT_EQ(verify(ann.id, code_of(fresh)), std::nullopt);
}

TEST_F(TotpAuthenticatorsTest, ACodeWorksOnce) {  // ASVS 6.5.1; RFC 6238 §5.2; attack 11
  const auto ann = add_account("ann@example.org");
  const auto provision = enrol(ann);
  EXPECT_EQ(verify(ann.id, code_of(provision)), std::nullopt);
  EXPECT_EQ(verify(ann.id, code_of(provision)), ErrorCode::code_already_used);
  EXPECT_EQ(verify(ann.id, code_of(provision, -1)), ErrorCode::code_already_used) << "an earlier one neither";
  clock_.advance(seconds(30));
  EXPECT_EQ(verify(ann.id, code_of(provision)), std::nullopt);
}

TEST_F(TotpAuthenticatorsTest, TheCodeThatConfirmedIsUsed) {  // ASVS 6.5.1: shared by set-up
  const auto ann = add_account("ann@example.org");
  const auto provision = begin(ann);
  EXPECT_TRUE(confirm(ann.id, code_of(provision)));
  EXPECT_EQ(verify(ann.id, code_of(provision)), ErrorCode::code_already_used);
  EXPECT_FALSE(confirm(ann.id, code_of(provision))) << "nothing waits any more";
}

TEST_F(TotpAuthenticatorsTest, TheCountOfTheStatementDecides) {  // ASVS 6.5.1: whatever was read before
  const auto ann = add_account("ann@example.org");
  const auto provision = enrol(ann);
  const TotpPosition next{.drift = 0, .last_step = totp_step(clock_.now(), provision.parameters)};
  EXPECT_TRUE(wait(totp_store::advance(*database_, ann.id, next, clock_.now())));
  EXPECT_FALSE(wait(totp_store::advance(*database_, ann.id, next, clock_.now())));
  const TotpPosition before{.drift = 0, .last_step = next.last_step - 1};
  EXPECT_FALSE(wait(totp_store::advance(*database_, ann.id, before, clock_.now()))) << "it never goes back";
}

TEST_F(TotpAuthenticatorsTest, RemembersTheDriftOfItsClock) {  // RFC 6238 §6
  const auto ann = add_account("ann@example.org");
  const auto provision = enrol(ann);
  for (int ahead = 1; ahead <= 3; ++ahead) {
    EXPECT_EQ(verify(ann.id, code_of(provision, ahead)), std::nullopt) << ahead;
    clock_.advance(minutes(1));
  }
  EXPECT_EQ(verify(ann.id, code_of(provision, 5)), ErrorCode::mfa_failed);
}

TEST_F(TotpAuthenticatorsTest, AWrongCodeChangesNothing) {
  const auto ann = add_account("ann@example.org");
  const auto provision = enrol(ann);
  const auto before = select("SELECT CAST(last_step AS text) || last_used_at FROM totp_authenticators");
  EXPECT_EQ(verify(ann.id, code_of(provision, 4)), ErrorCode::mfa_failed);
  EXPECT_EQ(select("SELECT CAST(last_step AS text) || last_used_at FROM totp_authenticators"), before);
}

TEST_F(TotpAuthenticatorsTest, WhatCannotBeACodeIsToldSo) {
  const auto ann = add_account("ann@example.org");
  const auto pending = begin(ann);
  auto malformed = [&](db::Transaction& tx) { return totp_.confirm(tx, ann.id, "12345678"); };
  EXPECT_EQ(in_transaction(ann.id, malformed).error().code, ErrorCode::validation_failed);
  EXPECT_TRUE(confirm(ann.id, code_of(pending)));
  for (const auto* text : {"", "12345", "1234567", "12345x"}) {
    EXPECT_EQ(verify(ann.id, text), ErrorCode::validation_failed) << text;
  }
  begin(ann);
  EXPECT_FALSE(confirm(ann.id, "12345678")) << "it may be the active one's";
}

TEST_F(TotpAuthenticatorsTest, AnAccountWithoutOneFailsAsAWrongCodeDoes) {
  EXPECT_EQ(verify(add_account("ann@example.org").id, "123456"), ErrorCode::mfa_failed);
}

TEST_F(TotpAuthenticatorsTest, AnotherAccountsCodeIsWrong) {
  const auto ann = add_account("ann@example.org");
  const auto bob = add_account("bob@example.org");
  enrol(ann);
  const auto of_bob = enrol(bob);
  EXPECT_EQ(verify(ann.id, code_of(of_bob)), ErrorCode::mfa_failed);
}

TEST_F(TotpAuthenticatorsTest, ASecretMovedFromAnotherAccountIsRefusedAndAudited) {  // attack 41; ASVS 11.3.3
  const auto ann = add_account("ann@example.org");
  const auto bob = add_account("bob@example.org");
  enrol(ann);
  const auto of_bob = enrol(bob);
  run(
      {"UPDATE totp_authenticators SET secret = "
       "(SELECT secret FROM totp_authenticators o WHERE o.user_id <> totp_authenticators.user_id)"});
  EXPECT_EQ(verify(ann.id, code_of(of_bob)), ErrorCode::mfa_failed);
  EXPECT_EQ(events("mfa.secret_unreadable"), 1U);
  EXPECT_EQ(verify(bob.id, code_of(of_bob)), std::nullopt) << "its owner's works on";
}

TEST_F(TotpAuthenticatorsTest, AnAlteredSecretIsRefusedAndAudited) {  // attack 41
  const auto ann = add_account("ann@example.org");
  const auto provision = enrol(ann);
  run({"UPDATE totp_authenticators SET secret = substr(secret, 1, length(secret) - 1)"});
  EXPECT_EQ(verify(ann.id, code_of(provision)), ErrorCode::mfa_failed);
  run({"UPDATE totp_authenticators SET secret = x''"});
  EXPECT_EQ(verify(ann.id, code_of(provision)), ErrorCode::mfa_failed);
  EXPECT_EQ(events("mfa.secret_unreadable"), 2U);
}

TEST_F(TotpAuthenticatorsTest, ASecretUnderAKeyThatIsGoneIsRefusedAndAudited) {  // attack 41: old key id
  const auto ann = add_account("ann@example.org");
  const auto provision = enrol(ann);
  std::vector<crypto::SecretBytes> old;
  old.push_back(key_of(1));
  const crypto::KeyRing turned(key_of(2), old);
  const crypto::KeyRing dropped(key_of(2), {});
  const TotpAuthenticators::Options options{.issuer = "auth.example", .fresh = {}, .enrolment_ttl = minutes(5)};
  TotpAuthenticators with_old({turned, audit_, clock_, random_}, options);
  TotpAuthenticators without({dropped, audit_, clock_, random_}, options);
  EXPECT_EQ(verify(without, ann.id, code_of(provision)), ErrorCode::mfa_failed);
  EXPECT_EQ(events("mfa.secret_unreadable"), 1U);
  EXPECT_EQ(verify(with_old, ann.id, code_of(provision)), std::nullopt);
}

TEST_F(TotpAuthenticatorsTest, SecretsLieSealed) {  // ASVS 11.3.2
  const auto ann = add_account("ann@example.org");
  const auto provision = begin(ann);
  const auto sealed = wait(totp_store::find_pending(*database_, ann.id, clock_.now()))->secret;
  EXPECT_TRUE(keys_.is_under_current_key(sealed));
  EXPECT_EQ(totp_secret_text(keys_.open(sealed, kTotpPurpose, ann.id.text()).value()), provision.secret);
}

TEST_F(TotpAuthenticatorsTest, RemovingTakesAwayWhatWaitsToo) {  // ASVS 6.5.6
  const auto ann = add_account("ann@example.org");
  const auto provision = enrol(ann);
  const auto pending = begin(ann);
  EXPECT_TRUE(remove(ann.id));
  EXPECT_EQ(verify(ann.id, code_of(provision)), ErrorCode::mfa_failed);
  EXPECT_FALSE(confirm(ann.id, code_of(pending)));
  EXPECT_FALSE(remove(ann.id));
}

TEST_F(TotpAuthenticatorsTest, EightDigitsOfSha512AMinuteLong) {
  TotpAuthenticators other(
      {keys_, audit_, clock_, random_},
      {.issuer = "auth.example", .fresh = {TotpAlgorithm::sha512, 8, seconds(60)}, .enrolment_ttl = minutes(5)});
  const auto ann = add_account("ann@example.org");
  auto start = [&](db::Transaction& tx) { return other.begin(tx, ann); };
  const auto provision = in_transaction(ann.id, start);
  EXPECT_TRUE(confirm(ann.id, code_of(provision))) << "an authenticator keeps what it was made with";
  EXPECT_EQ(wait(totp_.find(*database_, ann.id))->parameters, provision.parameters);
}

}  // namespace
}  // namespace secureauth::mfa
