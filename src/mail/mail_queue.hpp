#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::mail {

/// What an operator sees of mail that is not delivered, and can do about it. Executors passed in must outlive the call.
namespace mail_queue {

struct Waiting {
  std::string id;
  std::string kind;
  std::int64_t attempts = 0;
  Timestamp created_at;
  Timestamp due_at;
  std::optional<std::string> last_error;
  std::optional<db::Bytes> content;
};

/// At most `limit`: what is queued by when it is tried next, dead letters oldest first.
net::awaitable<std::vector<Waiting>> queued(db::Executor& database, int limit);
net::awaitable<std::vector<Waiting>> dead(db::Executor& database, int limit);

/// How much there is of either kind, and since when the one that has waited longest does. Counts go to kMostCounted.
constexpr std::int64_t kMostCounted = 10'000;
struct Summary {
  std::int64_t queued = 0;
  std::optional<Timestamp> queued_since;
  std::int64_t dead = 0;
};
net::awaitable<Summary> summary(db::Executor& database);

/// Dead letters that still have their content are queued again, due now; how many. They keep their Message-ID.
net::awaitable<std::size_t> retry_all(db::Executor& database, Timestamp now);

enum class Retried { queued, not_dead, content_gone, unknown };
net::awaitable<Retried> retry(db::Executor& database, std::string id, Timestamp now);

}  // namespace mail_queue
}  // namespace secureauth::mail
