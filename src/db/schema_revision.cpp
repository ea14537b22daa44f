#include "db/schema_revision.hpp"

#include "db/migration_files.hpp"

namespace secureauth::db {
namespace {

constexpr Statement kNewest{"SELECT version, name FROM schema_migrations ORDER BY version DESC LIMIT 1"};

}  // namespace

net::awaitable<std::optional<std::string>> schema_revision(Executor& database) {
  const auto rows = co_await database.execute(kNewest, Params());
  if (rows.empty()) co_return std::nullopt;
  co_return migration_label(static_cast<int>(rows.front().integer(0)), rows.front().text(1));
}

}  // namespace secureauth::db
