#pragma once

#include "http/json_body.hpp"
#include "login/passkey_login.hpp"
#include "login/passkey_step_up.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::login {

/// /auth/webauthn/login/start, finish; /auth/step-up/webauthn/start, finish.
class PasskeyLoginRoutes {
 public:
  struct Parts {
    PasskeyLogin& login;
    PasskeyStepUp& step_up;
    const sessions::SessionGate& gate;
    crypto::Random& random;
  };
  /// `challenge_life`: MFA_CHALLENGE_TTL_SECONDS.
  PasskeyLoginRoutes(Parts parts, std::chrono::seconds challenge_life)
      : parts_(parts), challenge_life_(challenge_life) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer start(http::Request& request, std::optional<sessions::PreSessionToken> waiting);
  Answer finish(http::Request& request, sessions::PreSessionToken browser);
  Answer start_step_up(sessions::SessionRef session);
  Answer finish_step_up(http::Request& request, sessions::SessionRef session);

  Parts parts_;
  std::chrono::seconds challenge_life_;
};

}  // namespace secureauth::login
