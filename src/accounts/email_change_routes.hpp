#pragma once

#include "accounts/email_change.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::accounts {

/// /auth/email/change, /auth/email/change/confirm, /auth/email/change/undo.
class EmailChangeRoutes {
 public:
  EmailChangeRoutes(EmailChange& change, const sessions::SessionGate& gate) : change_(change), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer ask(http::Request& request, sessions::SessionRef session);
  Answer confirm(http::Request& request);
  Answer undo(http::Request& request);

  EmailChange& change_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::accounts
