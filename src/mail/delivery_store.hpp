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
  Timestamp expires_at;
  std::int64_t attempts = 0;  ///< with this one
};

/// Whether a claim would find anything: a read, so that an idle service takes no write lock.
net::awaitable<bool> is_due(db::Executor& database, Timestamp now);

/// At most `most` mails that are due: those never tried before the others, of each the longest due. In the order to try
/// them in. Two claimers never get one mail; one may get fewer.
net::awaitable<std::vector<Claimed>> claim(db::Executor& database, std::string lease, Timestamp now,
                                           Timestamp lease_ends, int most);

/// What the holder of the lease makes of a mail; nothing happens where it has lost the lease.
net::awaitable<void> settle_sent(db::Executor& database, std::string id, std::string lease, Timestamp now);
net::awaitable<void> settle_later(db::Executor& database, std::string id, std::string lease, Timestamp due,
                                  std::string reason);
/// Its kind; nothing where the lease was lost.
net::awaitable<std::optional<std::string>> settle_dead(db::Executor& database, std::string id, std::string lease,
                                                       Timestamp now, std::string reason);
/// Back as it was before the claim.
net::awaitable<void> give_back(db::Executor& database, std::string id, std::string lease, Timestamp now);

}  // namespace delivery_store
}  // namespace secureauth::mail
