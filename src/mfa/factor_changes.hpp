#pragma once

#include "accounts/account_letters.hpp"
#include "audit/audit_log.hpp"
#include "mail/outbox.hpp"
#include "sessions/sessions.hpp"

namespace secureauth::mfa {

/// What follows when a second factor comes or goes, whichever it is: what waited for the former ones is void, the
/// other sessions end or are read anew, the present one is renewed, and the owner hears of it. Thread-safe.
/// Source: OWASP ASVS 5.0 6.3.7, 7.2.4, 7.4.3; NIST SP 800-63B-4 §4.1.2.1.
class FactorChanges {
 public:
  struct Parts {
    sessions::Sessions& sessions;
    const mail::Outbox& outbox;
    const accounts::AccountLetters& letters;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit FactorChanges(Parts parts) : parts_(parts) {}

  struct Change {
    sessions::SessionRef session;   ///< the owner's
    sessions::Assurance assurance;  ///< of the session that takes its place
    accounts::Factor factor;        ///< what came or went; recovery codes leave the factors as they are
    audit::Event event;
    mail::Kind notice;
    bool end_other_sessions = true;
    ClientInfo client;
    boost::json::object details = {};  ///< of the audit row, beside the method
  };
  /// Inside the transaction that made the change, which has named the user's serial_subject and is run by
  /// Sessions::ending() with the same `ended`. `tx` and `ended` must outlive the call. Fails with unauthenticated when
  /// the session has ended meanwhile.
  net::awaitable<Result<sessions::Sessions::Opened>> finish(db::Transaction& tx, Change change,
                                                            sessions::Sessions::Ended& ended);

 private:
  net::awaitable<void> tell_owner(db::Transaction& tx, const Change& change);

  Parts parts_;
};

}  // namespace secureauth::mfa
