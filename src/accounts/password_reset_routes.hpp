#pragma once

#include "accounts/password_reset.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::accounts {

/// /auth/password/reset/request, /auth/password/reset/confirm.
class PasswordResetRoutes {
 public:
  PasswordResetRoutes(PasswordReset& reset, const passwords::PasswordPolicy& policy, const sessions::SessionGate& gate)
      : reset_(reset), policy_(policy), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer ask(http::Request& request);
  Answer confirm(http::Request& request);

  PasswordReset& reset_;
  const passwords::PasswordPolicy& policy_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::accounts
