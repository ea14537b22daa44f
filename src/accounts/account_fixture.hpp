#pragma once

#include "accounts/account_data.hpp"
#include "accounts/account_deletion.hpp"
#include "accounts/email_change.hpp"
#include "accounts/password_change.hpp"
#include "accounts/password_credential.hpp"
#include "accounts/password_reset.hpp"
#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "crypto/uuid.hpp"
#include "db/recording_database_fixture.hpp"
#include "ephemeral/memory/memory_store.hpp"

#include <sstream>

namespace secureauth::accounts {

/// The use cases of an account that exists, on a record store that remembers its statements. For unit tests.
class AccountFixture : public app::FeatureFixture {
 protected:
  static constexpr std::string_view kPassword = "three kilns and a heron";
  static constexpr std::string_view kNewPassword = "seven anvils under a lake";

  User add_account(std::string_view address, Role role = Role::user) {
    const User user{.id = UserId(crypto::uuid_v7(random_, clock_.now())),
                    .email = std::string(address),
                    .name = "Ann",
                    .email_verified = true,
                    .role = role,
                    .status = Status::active,
                    .created_at = clock_.now()};
    auto hash = wait(hasher_.hash(password(kPassword))).value();
    EXPECT_TRUE(wait(user_store::insert(*database_, user, email(address).key(), std::move(hash))));
    return user;
  }
  sessions::SessionRef sign_in(const User& user) {
    sessions::Sessions::SignIn sign_in{.user = user, .amr = {"pwd"}, .client = client_};
    return wait(sessions_.check(wait(sessions_.open(std::move(sign_in))).value().token)).value();
  }

  /// Every account has a second factor from now on.
  void add_factor() {
    wait(database_->execute(db::Statement{"UPDATE users SET second_factors = 'totp'"}, db::Params()));
  }

  /// The newest mail of a kind.
  std::optional<mail::Message> mail_of(mail::Kind kind) {
    for (auto& stored : wait(outbox_.newest(*database_, 100))) {
      if (stored.kind == kind) return std::move(stored.message);
    }
    return std::nullopt;
  }
  std::size_t mails_of(mail::Kind kind) {
    const auto all = wait(outbox_.newest(*database_, 100));
    return static_cast<std::size_t>(std::ranges::count(all, kind, &mail::Outbox::Stored::kind));
  }
  /// The token of the newest mail of a kind: alone on a line of its text.
  template <class Token>
  std::optional<Token> token_in(mail::Kind kind) {
    const auto message = mail_of(kind);
    if (!message) return std::nullopt;
    std::istringstream text(message->text);
    for (std::string line; std::getline(text, line);) {
      if (auto token = Token::parse(line)) return token;
    }
    return std::nullopt;
  }

  struct Dropped {
    Timestamp since;
    audit::Event cause{};
    bool operator==(const Dropped&) const = default;
  };
  DropFactors note_drop() {
    return [this](db::Transaction&, UserId, Timestamp since, audit::Event cause, ClientInfo) -> net::awaitable<void> {
      dropped_.push_back({since, cause});
      co_return;
    };
  }

  std::vector<Dropped> dropped_;  ///< what was asked of mfa/
  db::RecordingDatabase recorder_{*database_};
  audit::AuditLog audit_{clock_, random_, audit::keys_for_tests()};
  crypto::SecretBytes key_{32};
  mail::Outbox outbox_{clock_, random_, key_};
  passwords::HashingPool pool_{{.threads = 1}};
  passwords::PasswordHasher hasher_{pool_, {.memory_kib = 8192, .time = 1, .parallelism = 1}, random_};
  passwords::CompromisedPasswords compromised_{{}};
  passwords::PasswordPolicy policy_{pool_, compromised_, {}};
  sessions::Sessions sessions_{
      {.database = recorder_, .policy = assurance_, .audit = audit_, .clock = clock_, .random = random_},
      {.idle_timeout = std::chrono::hours(1), .absolute_timeout = std::chrono::hours(12)}};
  ephemeral::MemoryStore ephemeral_{clock_};
  protection::PasswordGuesses guesses_{
      {.database = recorder_, .store = ephemeral_, .clock = clock_},
      key_,
      {.in_window = 10, .window = std::chrono::minutes(15), .in_a_row = 100, .of_network = 0}};
  AccountLetters letters_{"auth.example", "https://auth.example"};
  PasswordOutcomes outcomes_{
      {.guesses = guesses_, .outbox = outbox_, .letters = letters_, .audit = audit_, .clock = clock_}};
  PasswordReset reset_{{.database = recorder_,
                        .policy = policy_,
                        .hasher = hasher_,
                        .sessions = sessions_,
                        .guesses = guesses_,
                        .outbox = outbox_,
                        .letters = letters_,
                        .audit = audit_,
                        .digest = audit::digest_for_tests(),
                        .clock = clock_,
                        .random = random_},
                       std::chrono::minutes(30)};
  protection::KnownBrowsers browsers_{key_, "https://auth.example", protection::KnownBrowsers::kKnown, clock_, random_};
  PasswordProof proof_{
      {.database = recorder_, .hasher = hasher_, .guesses = guesses_, .outcomes = outcomes_, .browsers = browsers_}};
  PasswordChange change_{{.database = recorder_,
                          .policy = policy_,
                          .hasher = hasher_,
                          .sessions = sessions_,
                          .proof = proof_,
                          .browsers = browsers_,
                          .outbox = outbox_,
                          .letters = letters_,
                          .audit = audit_,
                          .clock = clock_}};
  EmailChange email_change_{{.database = recorder_,
                             .sessions = sessions_,
                             .guesses = guesses_,
                             .outbox = outbox_,
                             .letters = letters_,
                             .audit = audit_,
                             .clock = clock_,
                             .random = random_,
                             .drop_factors = note_drop()},
                            std::chrono::hours(24)};
  AccountDeletion deletion_{{.database = recorder_,
                             .sessions = sessions_,
                             .outbox = outbox_,
                             .letters = letters_,
                             .audit = audit_,
                             .clock = clock_}};
  AccountData data_{{.database = recorder_,
                     .outbox = outbox_,
                     .audit = audit_,
                     .passkeys = [](db::Executor&, UserId) -> net::awaitable<boost::json::array> {
                       co_return boost::json::array();
                     }}};
};

}  // namespace secureauth::accounts
