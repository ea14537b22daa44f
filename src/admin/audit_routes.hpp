#pragma once

#include "admin/audit_reader.hpp"
#include "crypto/page_cursors.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::admin {

/// GET /admin/audit-logs: pages of JSON, or all that matches as one stream of JSON lines.
class AuditRoutes {
 public:
  AuditRoutes(const AuditReader& reader, sessions::Sessions& sessions, const sessions::SessionGate& gate,
              const crypto::PageCursors& cursors)
      : reader_(reader), sessions_(sessions), gate_(gate), cursors_(cursors) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer list(http::Request& request, sessions::SessionRef session);
  struct Reading;
  http::BodyStream stream(Reading reading);
  net::awaitable<Result<void>> still_allowed(sessions::SessionToken token);

  const AuditReader& reader_;
  sessions::Sessions& sessions_;
  const sessions::SessionGate& gate_;
  const crypto::PageCursors& cursors_;
};

}  // namespace secureauth::admin
