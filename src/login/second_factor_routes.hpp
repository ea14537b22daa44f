#pragma once

#include "http/json_body.hpp"
#include "login/second_factor_login.hpp"
#include "login/step_up.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::login {

/// /auth/mfa/totp/verify, /auth/mfa/recovery/verify: each ends a sign-in where the body names its challenge, and else
/// is a proof inside a session.
class SecondFactorRoutes {
 public:
  SecondFactorRoutes(SecondFactorLogin& login, StepUp& step_up, const sessions::SessionGate& gate)
      : login_(login), step_up_(step_up), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  using Caller = sessions::SessionGate::Caller;
  Answer with_totp(http::Request& request, Caller caller);
  Answer with_recovery_code(http::Request& request, Caller caller);

  /// Reads what a body says of its challenge; a mistake stays with `fields`, a foreign form is no challenge.
  Result<SecondFactorLogin::Request> sign_in_of(http::Request& request, const Caller& caller,
                                                http::FieldReader& fields) const;
  Result<StepUp::Request> step_up_of(http::Request& request, Caller caller, http::FieldReader& fields) const;

  void let_in(http::Response& response, const Admitted& admitted) const;

  SecondFactorLogin& login_;
  StepUp& step_up_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::login
