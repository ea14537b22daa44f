#pragma once

#include "http/router.hpp"
#include "mail/outbox.hpp"

namespace secureauth::mail {

/// `/dev/mailbox`, a page, and `/dev/mailbox/messages`, its JSON: what was mailed, newest first. Added in development
/// only; in production these paths do not exist.
class MailboxRoutes {
 public:
  MailboxRoutes(db::Database& database, const Outbox& outbox) : database_(database), outbox_(outbox) {}
  void add_to(http::Router& router);

 private:
  net::awaitable<Result<http::Response>> messages() const;

  db::Database& database_;
  const Outbox& outbox_;
};

}  // namespace secureauth::mail
