#include "audit/record_together.hpp"

#include <utility>

namespace secureauth::audit {

net::awaitable<void> record_together(const AuditLog& log, db::Database& database, std::vector<Entry> entries) {
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    for (const auto& entry : entries) {
      auto one = entry;  // kept: the transaction may be run again
      co_await log.record(tx, std::move(one));
    }
    co_return Result<void>{};
  };
  co_await database.transaction(body);
}

}  // namespace secureauth::audit
