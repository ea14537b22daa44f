#pragma once

#include "http/json_body.hpp"
#include "mfa/passkeys/passkey_registration.hpp"
#include "mfa/passkeys/passkey_settings.hpp"
#include "mfa/passkeys/passkeys.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::mfa {

/// /auth/webauthn/register/start, finish; /auth/webauthn/credentials; /.well-known/webauthn.
class PasskeyRoutes {
 public:
  struct Parts {
    PasskeyRegistration& registration;
    Passkeys& passkeys;
    const PasskeySettings& settings;
    const sessions::SessionGate& gate;
  };
  explicit PasskeyRoutes(Parts parts) : parts_(parts) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer start(http::Request& request, sessions::SessionRef session);
  Answer finish(http::Request& request, sessions::SessionRef session);
  Answer list(sessions::SessionRef session);
  Answer rename(http::Request& request, sessions::SessionRef session);
  Answer remove(http::Request& request, sessions::SessionRef session);
  Answer related_origins();

  Parts parts_;
};

}  // namespace secureauth::mfa
