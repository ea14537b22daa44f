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

  /// The same for whoever may, by the owner or somebody else, where nothing is left to refuse. Inside the caller's
  /// transaction, which has named the user's serial_subject and is run by Sessions::ending with the same `ended`. `tx`
  /// and `ended` must outlive the call.
  net::awaitable<void> erase(db::Transaction& tx, Account account, audit::Operator by,
                             sessions::Sessions::Ended& ended);

 private:
  Parts parts_;
};

}  // namespace secureauth::accounts
