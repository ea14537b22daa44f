#pragma once

#include "admin/audit_reader.hpp"
#include "admin/tail_places.hpp"
#include "audit/live_tail.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::admin {

/// GET /admin/audit-logs/stream: what is added to the audit log, as it is added, as server-sent events.
/// Source: WHATWG HTML §9.2.
class TailRoutes {
 public:
  struct Parts {
    const AuditReader& reader;
    audit::LiveTail& tail;
    sessions::Sessions& sessions;
    const sessions::SessionGate& gate;
  };
  explicit TailRoutes(const Parts& parts) : parts_(parts), places_(TailPlaces::Most{}) {}
  void add_to(http::Router& router);

 private:
  net::awaitable<Result<http::Response>> follow(http::Request& request, sessions::SessionRef session);
  struct Following;
  http::BodyStream stream(Following following);
  net::awaitable<std::string> what_came(std::shared_ptr<Following> following);

  Parts parts_;
  TailPlaces places_;
};

}  // namespace secureauth::admin
