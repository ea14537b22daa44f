#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::mail {

/// The SQL of what becomes of queued mail. Executors passed in must outlive the call.
namespace delivery_store {

/// A mail that the holder of the lease, and nobody else, tries to deliver until the lease ends.
struct Claimed {
  std::string id;
  db::Bytes content;
  Timestamp created_at;
  std::int64_t attempts = 0;  ///< with this one
};

/// Whether a claim would find anything: a read, so that an idle service takes no write lock.
net::awaitable<bool> is_due(db::Executor& database, Timestamp now);

/// At most `most` mails that are due, the longest due first. Two claimers never get one mail; one may get fewer.
net::awaitable<std::vector<Claimed>> claim(db::Executor& database, std::string lease, Timestamp now,
                                           Timestamp lease_ends, int most);

/// What the holder of the lease makes of a mail; nothing happens where it has lost the lease.
net::awaitable<void> settle_sent(db::Executor& database, std::string id, std::string lease, Timestamp now);
net::awaitable<void> settle_later(db::Executor& database, std::string id, std::string lease, Timestamp due,
                                  std::string reason);
net::awaitable<void> settle_dead(db::Executor& database, std::string id, std::string lease, Timestamp now,
                                 std::string reason);
/// Back as it was before the claim.
net::awaitable<void> give_back(db::Executor& database, std::string id, std::string lease, Timestamp now);

/// A mail that is not delivered, for an operator's eyes.
struct Waiting {
  std::string id;
  std::string kind;
  std::int64_t attempts = 0;
  Timestamp created_at;
  Timestamp due_at;
  std::optional<std::string> last_error;
  std::optional<db::Bytes> content;
};

/// Oldest first, at most `limit`.
net::awaitable<std::vector<Waiting>> queued(db::Executor& database, int limit);
net::awaitable<std::vector<Waiting>> dead(db::Executor& database, int limit);

/// Dead letters that still have their content are queued again, due now; how many. They keep their Message-ID.
net::awaitable<std::size_t> retry_all(db::Executor& database, Timestamp now);

enum class Retried { queued, not_dead, content_gone, unknown };
net::awaitable<Retried> retry(db::Executor& database, std::string id, Timestamp now);

}  // namespace delivery_store
}  // namespace secureauth::mail
