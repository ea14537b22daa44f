#pragma once

#include "accounts/password_proof.hpp"
#include "audit/audit_log.hpp"
#include "sessions/sessions.hpp"

namespace secureauth::login {

/// A fresh proof inside a session, for what a sign-in alone does not allow. The session is replaced by one with a new
/// id and both clocks anew (ASVS 7.2.4; NIST SP 800-63B-4 §5.2). Thread-safe.
class StepUp {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    accounts::PasswordProof& proof;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit StepUp(Parts parts) : parts_(parts) {}

  /// Fails with invalid_credentials, account_locked, overloaded; unauthenticated when the session ended meanwhile.
  net::awaitable<Result<sessions::Sessions::Opened>> with_password(sessions::SessionRef current,
                                                                   passwords::Password password, ClientInfo client);

 private:
  Parts parts_;
};

}  // namespace secureauth::login
