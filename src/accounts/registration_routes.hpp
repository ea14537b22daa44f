#pragma once

#include "accounts/registration.hpp"
#include "passwords/password_policy.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::accounts {

/// /auth/register, /auth/verify-email, /auth/verify-email/resend.
class RegistrationRoutes {
 public:
  RegistrationRoutes(Registration& registration, const passwords::PasswordPolicy& policy,
                     const sessions::SessionGate& gate)
      : registration_(registration), policy_(policy), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer register_account(http::Request& request);
  Answer verify(http::Request& request);
  Answer resend(http::Request& request);

  Registration& registration_;
  const passwords::PasswordPolicy& policy_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::accounts
