#pragma once

#include "accounts/account_letters.hpp"
#include "accounts/email_address.hpp"
#include "accounts/one_time_token_store.hpp"
#include "audit/address_digest.hpp"
#include "audit/operator.hpp"
#include "mail/outbox.hpp"
#include "passwords/password_hasher.hpp"
#include "passwords/password_policy.hpp"
#include "protection/password_guesses.hpp"
#include "sessions/sessions.hpp"

#include <chrono>
#include <string>

namespace secureauth::accounts {

/// A new password by mail, for whoever can read the mailbox. It proves the mailbox and nothing else: no session is
/// opened, no other factor is skipped. Thread-safe.
/// Source: OWASP Forgot Password Cheat Sheet; NIST SP 800-63B-4 §4.2.1.2; OWASP ASVS 5.0 6.4.3.
class PasswordReset {
 public:
  struct Parts {
    db::Database& database;
    const passwords::PasswordPolicy& policy;
    passwords::PasswordHasher& hasher;
    sessions::Sessions& sessions;
    protection::PasswordGuesses& guesses;
    const mail::Outbox& outbox;
    const AccountLetters& letters;
    const audit::AuditLog& audit;
    const audit::AddressDigest& digest;
    const Clock& clock;
    crypto::Random& random;
  };
  PasswordReset(Parts parts, std::chrono::seconds token_ttl) : parts_(parts), token_ttl_(token_ttl) {}

  /// Mails a link to the owner of the address; older ones die. Says nothing about whether there was one: the same
  /// statements are run for every address (ASVS 6.3.8). Where sign-ups wait for it, their mailbox is told to sign up.
  net::awaitable<void> request(EmailAddress email, ClientInfo client);

  /// Mails the same link on behalf of staff, to an account that is active. False when its owner had all the mails of an
  /// hour: nothing is mailed then, and nothing recorded. Inside the caller's transaction, which has named the user's
  /// serial_subject. `tx` must outlive the call.
  net::awaitable<bool> send(db::Transaction& tx, Account account, audit::Operator by);

  /// Sets the password, ends every session and pending link of the account, and tells its owner. A password that is
  /// refused does not spend the token. Fails with invalid_token, validation_failed (field `new_password`), overloaded.
  net::awaitable<Result<void>> confirm(ResetToken token, passwords::Password password, ClientInfo client);

 private:
  struct Mailing;
  net::awaitable<bool> mail_link(db::Transaction& tx, Mailing mailing, ResetToken token, ClientInfo client,
                                 Timestamp now);
  net::awaitable<Result<void>> set_password(Account account, ResetToken token, std::string hash, ClientInfo client);

  Parts parts_;
  std::chrono::seconds token_ttl_;
};

}  // namespace secureauth::accounts
