#include "audit/log_standing.hpp"

#include "audit/log_store.hpp"
#include "crypto/encoding.hpp"

#include <utility>

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

net::awaitable<std::int64_t> count_signed(db::Executor& database, std::string key_id) {
  auto id = crypto::hex_decode(key_id).value();
  const auto count = co_await log_store::count_signed(database, std::move(id), std::move(key_id));
  co_return count;
}

}  // namespace secureauth::audit
