#pragma once

#include "login/login.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::login {

/// /auth/login.
class LoginRoutes {
 public:
  LoginRoutes(Login& login, const sessions::SessionGate& gate) : login_(login), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  net::awaitable<Result<http::Response>> sign_in(http::Request& request);
  [[nodiscard]] http::Response ask_for_second_factor(const Login::MfaDue& due) const;

  Login& login_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::login
