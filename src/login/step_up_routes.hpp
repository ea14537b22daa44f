#pragma once

#include "login/step_up.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::login {

/// /auth/step-up/check, /auth/step-up/password.
class StepUpRoutes {
 public:
  StepUpRoutes(StepUp& step_up, const sessions::AssurancePolicy& policy, const sessions::SessionGate& gate)
      : step_up_(step_up), policy_(policy), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer check(sessions::SessionRef session);
  Answer with_password(http::Request& request, sessions::SessionRef session);

  StepUp& step_up_;
  const sessions::AssurancePolicy& policy_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::login
