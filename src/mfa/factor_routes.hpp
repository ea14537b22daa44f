#pragma once

#include "mfa/passkeys/passkeys.hpp"
#include "mfa/recovery/recovery_codes.hpp"
#include "mfa/totp/totp_authenticators.hpp"
#include "sessions/session_gate.hpp"

#include <chrono>

namespace secureauth::mfa {

/// GET /auth/mfa: the owner's view of the account's second factors, and whether it has a password beside them.
class FactorRoutes {
 public:
  struct Parts {
    db::Database& database;
    TotpAuthenticators& totp;
    RecoveryCodes& recovery;
    Passkeys& passkeys;
    const sessions::AssurancePolicy& policy;
    const sessions::SessionGate& gate;
  };
  /// `trusted_browser`: MFA_TRUSTED_BROWSER_DAYS.
  FactorRoutes(Parts parts, std::chrono::days trusted_browser) : parts_(parts), trusted_browser_(trusted_browser) {}
  void add_to(http::Router& router);

 private:
  net::awaitable<Result<http::Response>> list(sessions::SessionRef session);

  Parts parts_;
  std::chrono::days trusted_browser_;
};

}  // namespace secureauth::mfa
