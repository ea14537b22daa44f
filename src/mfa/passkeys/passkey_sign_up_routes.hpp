#pragma once

#include "mfa/passkeys/passkey_sign_up.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::mfa {

/// /auth/webauthn/signup/start, finish: unknown to everybody where PASSWORDLESS_SIGNUP is off.
class PasskeySignUpRoutes {
 public:
  struct Parts {
    PasskeySignUp& sign_up;
    const PasskeySettings& settings;
    const sessions::SessionGate& gate;
    crypto::Random& random;
  };
  /// `challenge_life`: MFA_CHALLENGE_TTL_SECONDS.
  PasskeySignUpRoutes(Parts parts, std::chrono::seconds challenge_life)
      : parts_(parts), challenge_life_(challenge_life) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer start(http::Request& request);
  Answer finish(http::Request& request, sessions::PreSessionToken browser);

  Parts parts_;
  std::chrono::seconds challenge_life_;
};

}  // namespace secureauth::mfa
