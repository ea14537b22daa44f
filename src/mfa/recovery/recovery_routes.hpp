#pragma once

#include "mfa/recovery/recovery_codes.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::mfa {

/// /auth/mfa/recovery-codes. Codes are given at sign-ins and step-ups: see login/.
class RecoveryRoutes {
 public:
  RecoveryRoutes(RecoveryCodes& codes, const sessions::SessionGate& gate) : codes_(codes), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  net::awaitable<Result<http::Response>> make(http::Request& request, sessions::SessionRef session);

  RecoveryCodes& codes_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::mfa
