#pragma once

#include "mfa/factor_changes.hpp"
#include "mfa/totp/totp_authenticators.hpp"

namespace secureauth::mfa {

/// What owners do about their authenticator app beside giving codes: they start to set one up, and they do without.
/// Thread-safe. Source: OWASP ASVS 5.0 6.5.6, 7.5.1; NIST SP 800-63B-4 §4.1.2.1, §4.5.
class TotpChanges {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    const sessions::AssurancePolicy& policy;
    TotpAuthenticators& authenticators;
    FactorChanges& changes;
    const audit::AuditLog& audit;
  };
  explicit TotpChanges(Parts parts) : parts_(parts) {}

  /// Nothing counts before a code confirms it. Fails with unauthenticated when the account is gone.
  net::awaitable<Result<TotpAuthenticators::Provision>> begin(sessions::SessionRef session, ClientInfo client);

  /// Fails with conflict when there is none, or when the account must have a second factor and would have none left;
  /// unauthenticated when the session ended meanwhile.
  net::awaitable<Result<sessions::Sessions::Opened>> disable(sessions::SessionRef session, bool end_other_sessions,
                                                             ClientInfo client);

 private:
  Parts parts_;
};

}  // namespace secureauth::mfa
