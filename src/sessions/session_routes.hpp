#pragma once

#include "crypto/page_cursors.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::sessions {

/// /auth/me, /auth/csrf, /auth/sessions, /auth/logout.
class SessionRoutes {
 public:
  SessionRoutes(Sessions& sessions, const SessionGate& gate, const crypto::PageCursors& cursors, crypto::Random& random)
      : sessions_(sessions), gate_(gate), cursors_(cursors), random_(random) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer me(SessionRef session);
  Answer csrf(http::Request& request);
  Answer list(http::Request& request, SessionRef session);
  Answer end_one(http::Request& request, SessionRef session);
  Answer end_others(http::Request& request, SessionRef session);
  Answer logout(http::Request& request, SessionRef session);

  Sessions& sessions_;
  const SessionGate& gate_;
  const crypto::PageCursors& cursors_;
  crypto::Random& random_;
};

}  // namespace secureauth::sessions
