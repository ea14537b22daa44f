#pragma once

#include "mfa/totp/totp_changes.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::mfa {

/// /auth/mfa/totp/setup, /auth/mfa/totp/disable.
class TotpRoutes {
 public:
  TotpRoutes(TotpChanges& changes, const sessions::SessionGate& gate) : changes_(changes), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer set_up(http::Request& request, sessions::SessionRef session);
  Answer disable(http::Request& request, sessions::SessionRef session);

  TotpChanges& changes_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::mfa
