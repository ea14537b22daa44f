#pragma once

#include "passwords/password_policy.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::accounts {

/// /auth/password/check: what the policy says of a password that somebody is choosing. Keeps, logs and looks up nothing
/// of anybody: whose password it is to be stands in the request.
class PasswordCheckRoutes {
 public:
  PasswordCheckRoutes(const passwords::PasswordPolicy& policy, const sessions::SessionGate& gate)
      : policy_(policy), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer check(http::Request& request);

  const passwords::PasswordPolicy& policy_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::accounts
