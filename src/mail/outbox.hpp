#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "crypto/random.hpp"
#include "db/database.hpp"
#include "mail/template.hpp"

#include <string>
#include <vector>

namespace secureauth::mail {

/// Mail that waits to be delivered, written in the transaction of what it tells: no mail without its cause, no cause
/// without its mail. Delivery reads from here; in development nobody does, and `/dev/mailbox` shows it. Thread-safe.
class Outbox {
 public:
  Outbox(const Clock& clock, crypto::Random& random) : clock_(clock), random_(random) {}

  /// Queues the message, unless three of its kind went to this address, however spelt, within the hour: whoever asks,
  /// nobody's mailbox is flooded (OWASP Forgot Password); then false. `transaction` must outlive the call.
  net::awaitable<bool> enqueue(db::Transaction& transaction, Message message, std::string email_key) const;

  struct Stored {
    std::string id;
    Message message;
    Timestamp created_at;
  };
  /// The newest messages first, at most `limit`.
  net::awaitable<std::vector<Stored>> newest(db::Executor& database, int limit) const;

  /// Deletes what is older than a day: bodies carry links that let their reader in.
  net::awaitable<void> forget_old(db::Executor& database) const;

 private:
  const Clock& clock_;
  crypto::Random& random_;
};

}  // namespace secureauth::mail
