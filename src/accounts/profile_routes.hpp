#pragma once

#include "accounts/profile.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::accounts {

/// PATCH /auth/me.
class ProfileRoutes {
 public:
  ProfileRoutes(Profile& profile, const sessions::SessionGate& gate) : profile_(profile), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  net::awaitable<Result<http::Response>> change(http::Request& request, sessions::SessionRef session);

  Profile& profile_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::accounts
