#pragma once

#include "accounts/password_change.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::accounts {

/// /auth/password/change.
class PasswordChangeRoutes {
 public:
  PasswordChangeRoutes(PasswordChange& change, const passwords::PasswordPolicy& policy,
                       const sessions::SessionGate& gate)
      : change_(change), policy_(policy), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  net::awaitable<Result<http::Response>> change(http::Request& request, sessions::SessionRef session);

  PasswordChange& change_;
  const passwords::PasswordPolicy& policy_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::accounts
