#pragma once

#include "accounts/account_letters.hpp"
#include "audit/audit_log.hpp"
#include "mail/outbox.hpp"
#include "protection/password_guesses.hpp"

namespace secureauth::accounts {

/// What is written down of a password that was looked at, in one transaction: that it was wrong, and the lock that may
/// begin with it; or that it was right, and that many wrong ones came before. Thread-safe.
/// Source: OWASP ASVS 5.0 6.3.5, 6.3.8, 16.3.1.
class PasswordOutcomes {
 public:
  struct Parts {
    protection::PasswordGuesses& guesses;
    const mail::Outbox& outbox;
    const AccountLetters& letters;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit PasswordOutcomes(Parts parts) : parts_(parts) {}

  /// Whom the address belongs to. Where nobody is to be written to the same statements run.
  struct Owner {
    Recipient mailbox;
    bool is_told = false;
  };
  using Spent = protection::PasswordGuesses::Spent;

  /// `failure` tells of the wrong one; a lock has a row of its own beside it. `tx` must outlive the call.
  net::awaitable<void> wrong(db::Transaction& tx, Spent spent, audit::Entry failure, Owner owner) const;

  /// Needs no answer. `tx` must outlive the call.
  net::awaitable<void> right(db::Transaction& tx, Spent spent, Owner owner, ClientInfo client) const;

 private:
  net::awaitable<void> tell_of_lock(db::Transaction& tx, Owner owner, ClientInfo client, std::int64_t failures) const;

  Parts parts_;
};

}  // namespace secureauth::accounts
