#pragma once

#include "accounts/account_letters.hpp"
#include "mail/outbox.hpp"
#include "sessions/sessions.hpp"

namespace secureauth::accounts {

/// The end of an account at its owner's wish: what remains is its id in the audit log. Thread-safe.
/// Source: OWASP ASVS 5.0 7.4.2, 14.2.7; GDPR Art. 17.
class AccountDeletion {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    const mail::Outbox& outbox;
    const AccountLetters& letters;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit AccountDeletion(Parts parts) : parts_(parts) {}

  /// Deletes the account, its sessions, links and waiting mails, and says so by mail. Fails with conflict for the last
  /// active admin, and unauthenticated when the account is gone already.
  net::awaitable<Result<void>> operator()(sessions::SessionRef session, ClientInfo client);

 private:
  Parts parts_;
};

}  // namespace secureauth::accounts
