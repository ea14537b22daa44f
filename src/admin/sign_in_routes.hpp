#pragma once

#include "admin/lockouts.hpp"
#include "admin/sign_in_statistics.hpp"
#include "crypto/page_cursors.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::admin {

/// GET /admin/statistics/sign-ins and GET /admin/lockouts.
class SignInRoutes {
 public:
  SignInRoutes(SignInStatistics& statistics, Lockouts& lockouts, const sessions::SessionGate& gate,
               const crypto::PageCursors& cursors)
      : statistics_(statistics), lockouts_(lockouts), gate_(gate), cursors_(cursors) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer count(http::Request& request);
  Answer list(http::Request& request, sessions::SessionRef session);

  SignInStatistics& statistics_;
  Lockouts& lockouts_;
  const sessions::SessionGate& gate_;
  const crypto::PageCursors& cursors_;
};

}  // namespace secureauth::admin
