#pragma once

#include "accounts/account_letters.hpp"
#include "accounts/password_credential.hpp"
#include "audit/audit_log.hpp"
#include "mail/outbox.hpp"
#include "passwords/password_hasher.hpp"
#include "protection/password_guesses.hpp"
#include "sessions/session.hpp"

namespace secureauth::accounts {

/// The present password of somebody who is signed in, asked for once more. Wrong ones are bounded for the account, over
/// all its sessions; beyond that none is looked at for a while, and the owner hears of it once. Thread-safe.
/// Source: NIST SP 800-63B-4 §3.2.2; OWASP ASVS 5.0 6.3.5.
class PasswordProof {
 public:
  struct Parts {
    db::Database& database;
    passwords::PasswordHasher& hasher;
    protection::PasswordGuesses& guesses;
    const mail::Outbox& outbox;
    const AccountLetters& letters;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit PasswordProof(Parts parts) : parts_(parts) {}

  struct Attempt {
    sessions::SessionRef session;
    passwords::Password password;
    ClientInfo client;
    audit::Event failed;  ///< recorded of a wrong one
    boost::json::object details = {};
  };
  /// Whose password it is. Fails with invalid_credentials, account_locked, overloaded; unauthenticated when the account
  /// is gone.
  net::awaitable<Result<PasswordCredential>> operator()(Attempt attempt);

 private:
  net::awaitable<void> record_failure(Attempt attempt);
  net::awaitable<void> tell_owner(sessions::SessionRef session, ClientInfo client);

  Parts parts_;
};

}  // namespace secureauth::accounts
