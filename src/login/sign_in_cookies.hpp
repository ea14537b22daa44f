#pragma once

#include "login/admission.hpp"
#include "sessions/session_gate.hpp"

#include <chrono>

namespace secureauth::login {

/// What a browser says of itself when it signs in: its cookies, or empty.
struct SignInCookies {
  std::optional<sessions::SessionToken> presented;
  std::string known_browser;
  std::string trusted_browser;

  /// The cookie of trust, where the owner wishes to be remembered.
  [[nodiscard]] std::optional<std::string> trust(bool wished) const {
    return wished ? std::optional(trusted_browser) : std::nullopt;
  }
};

/// Fails with invalid_request when one of them was sent twice.
[[nodiscard]] Result<SignInCookies> read_sign_in_cookies(const http::Request& request,
                                                         const sessions::SessionGate& gate);

/// The cookies of somebody who is let in.
void set_sign_in_cookies(http::Response& response, const Admitted& admitted, const sessions::SessionGate& gate);

}  // namespace secureauth::login
