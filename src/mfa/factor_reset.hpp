#pragma once

#include "accounts/account_letters.hpp"
#include "audit/audit_log.hpp"
#include "audit/operator.hpp"
#include "mail/outbox.hpp"
#include "mfa/totp/totp_authenticators.hpp"
#include "protection/factor_guesses.hpp"
#include "sessions/sessions.hpp"

namespace secureauth::mfa {

/// For an owner who lost every second factor and recovery code: staff, who made sure who that is, takes them all away.
/// The password is then enough to sign in, but not for more than to enrol another factor. Thread-safe.
/// Source: NIST SP 800-63B-4 §4.2; OWASP ASVS 5.0 6.4.4, 6.5.6.
class FactorReset {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    TotpAuthenticators& totp;
    protection::FactorGuesses& guesses;
    const mail::Outbox& outbox;
    const accounts::AccountLetters& letters;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit FactorReset(Parts parts) : parts_(parts) {}

  /// Ends the account's sessions and whatever waits for its factors; the owner hears of it. Inside the caller's
  /// transaction, which has named the user's serial_subject and is run by Sessions::ending with the same `ended`. `tx`
  /// and `ended` must outlive the call.
  net::awaitable<void> operator()(db::Transaction& tx, accounts::Account account, audit::Operator by,
                                  sessions::Sessions::Ended& ended);

  struct Drop {
    UserId user;
    Timestamp since;  ///< those that are older stay
    audit::Event cause{};
    ClientInfo client;
  };
  /// Takes away what somebody else may have enrolled, where the owner has just taken the account back by mail; what
  /// waits for the account's factors is void. `tx` outlives the call and has named the user's serial_subject.
  net::awaitable<void> drop(db::Transaction& tx, Drop drop);

 private:
  net::awaitable<void> remove_all(db::Transaction& tx, UserId user);

  Parts parts_;
};

}  // namespace secureauth::mfa
