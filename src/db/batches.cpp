#include "db/batches.hpp"

namespace secureauth::db {

net::awaitable<bool> may_go_on(const GoOn& go_on) {
  if (!go_on) co_return true;
  const bool more = co_await go_on();
  co_return more;
}

net::awaitable<std::size_t> in_batches(Executor& database, Statement statement, Params params, const GoOn& go_on) {
  std::size_t changed = 0;
  while (true) {
    auto own = params;
    const auto done = co_await database.execute(statement, std::move(own));
    changed += done.affected;
    if (done.affected < kBatch) co_return changed;
    const bool more = co_await may_go_on(go_on);
    if (!more) co_return changed;
  }
}

}  // namespace secureauth::db
