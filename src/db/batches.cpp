#include "db/batches.hpp"

#include "crypto/uuid.hpp"

#include <utility>
#include <vector>

namespace secureauth::db {

net::awaitable<bool> may_go_on(const GoOn& go_on) {
  if (!go_on) co_return true;
  const bool more = co_await go_on();
  co_return more;
}

net::awaitable<std::size_t> in_batches(Executor& database, Statement statement, Params params, const GoOn& go_on) {
  auto values = params.values();
  values.emplace_back(kBatch);
  const auto limited = Params::of(std::move(values));
  std::size_t changed = 0;
  while (true) {
    auto own = limited;
    const auto done = co_await database.execute(statement, std::move(own));
    changed += done.affected;
    if (std::cmp_less(done.affected, kBatch)) co_return changed;
    const bool more = co_await may_go_on(go_on);
    if (!more) co_return changed;
  }
}

net::awaitable<std::size_t> in_pages(Executor& database, Paged statements, Params params, const GoOn& go_on) {
  std::size_t changed = 0;
  std::string from(crypto::kBeforeAll);
  while (from != crypto::kBehindAll) {
    Params page(from, kBatch - 1);
    const auto last = co_await database.execute(statements.last, std::move(page));
    std::string to = last.empty() ? std::string(crypto::kBehindAll) : last.front().text(0);
    std::vector<Value> values{std::move(from), to};
    values.insert(values.end(), params.values().begin(), params.values().end());
    auto own = Params::of(std::move(values));
    const auto done = co_await database.execute(statements.change, std::move(own));
    changed += done.affected;
    from = std::move(to);
    const bool more = co_await may_go_on(go_on);
    if (!more) break;
  }
  co_return changed;
}

}  // namespace secureauth::db
