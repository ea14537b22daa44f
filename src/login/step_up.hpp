#pragma once

#include "accounts/password_proof.hpp"
#include "audit/audit_log.hpp"
#include "login/factor_proof.hpp"
#include "mfa/factor_changes.hpp"
#include "protection/known_browsers.hpp"
#include "sessions/sessions.hpp"

namespace secureauth::login {

/// A fresh proof inside a session, for what a sign-in alone does not allow. The session is replaced by one with a new
/// id and both clocks anew (ASVS 7.2.4; NIST SP 800-63B-4 §5.2), which knows what was proven. Thread-safe.
class StepUp {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    accounts::PasswordProof& password;
    FactorProof& factor;
    mfa::TotpAuthenticators& totp;
    mfa::FactorChanges& changes;
    const protection::KnownBrowsers& browsers;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit StepUp(Parts parts) : parts_(parts) {}

  using Opened = sessions::Sessions::Opened;
  struct Request {
    sessions::SessionRef current;
    ClientInfo client;
    std::string known_browser;       ///< its cookie, or empty
    bool end_other_sessions = true;  ///< where the code enrols an authenticator
  };
  /// For an account that has nothing stronger. Fails with step_up_required where there is, invalid_credentials,
  /// account_locked, rate_limited, overloaded; unauthenticated when the session ended meanwhile.
  net::awaitable<Result<Opened>> with_password(Request request, passwords::Password password);

  /// A code that confirms a pending set-up makes that the account's authenticator; one of the present authenticator
  /// steps up. Fails with challenge_expired when there is neither, unauthenticated, and as FactorProof does.
  net::awaitable<Result<Opened>> with_totp(Request request, std::string code);

  /// Fails with challenge_expired when the account has no second factor, unauthenticated, and as FactorProof does.
  net::awaitable<Result<FactorProof::Recovered>> with_recovery_code(Request request, mfa::RecoveryCode code);

 private:
  net::awaitable<Result<FactorProof::Attempt>> attempt_of(const Request& request);
  /// `request` must outlive what comes back.
  [[nodiscard]] FactorProof::Purpose purpose_of(const Request& request, accounts::Factor factor);
  net::awaitable<Result<std::optional<Opened>>> enrol(db::Transaction& tx, const Request& request,
                                                      const std::string& code, FactorProof::Ended& ended);
  net::awaitable<Result<Opened>> renew(db::Transaction& tx, const Request& request, accounts::Factor factor,
                                       FactorProof::Ended& ended);

  Parts parts_;
};

}  // namespace secureauth::login
