#include "audit/log_standing.hpp"

#include "audit/log_store.hpp"

namespace secureauth::audit {

net::awaitable<LogStanding> log_standing(db::Executor& database) {
  LogStanding standing;
  standing.waiting = co_await log_store::count_waiting(database);
  standing.waiting_since = co_await log_store::oldest_waiting(database);
  const auto newest = co_await log_store::newest(database);
  if (!newest) co_return standing;
  standing.sealed = newest->head.head.tree_size;
  standing.sealed_at = newest->head.head.sealed_at;
  co_return standing;
}

}  // namespace secureauth::audit
