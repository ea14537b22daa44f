#include "accounts/credential_versions.hpp"

#include "db/batches.hpp"

#include <algorithm>
#include <cstdint>

namespace secureauth::accounts::credential_versions {
namespace {

// Seconds since then fit the columns (32 bits) until 2094.
constexpr auto kEpoch = Timestamp(std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}.time_since_epoch());

constexpr db::Statement kHighest{
    "SELECT COALESCE(MAX(password_version), 0), COALESCE(MAX(factors_version), 0) FROM users"};

constexpr db::Statement kPageEnd{"SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2"};
constexpr db::Statement kMovePage{R"sql(
  UPDATE users SET password_version = $3, factors_version = $3
   WHERE id > $1 AND id <= $2 AND (password_version < $3 OR factors_version < $3))sql"};

}  // namespace

net::awaitable<void> move_ahead(db::Database& database, Timestamp now) {
  db::Params none;
  const auto highest = co_await database.execute(kHighest, std::move(none));
  const auto since = std::chrono::duration_cast<std::chrono::seconds>(now - kEpoch).count();
  const auto beyond = std::max(highest.front().integer(0), highest.front().integer(1)) + 1;
  db::Params params(std::max<std::int64_t>(since, beyond));
  const db::Paged by_id{.last = kPageEnd, .change = kMovePage};
  co_await db::in_pages(database, by_id, std::move(params), db::kWithoutPause);
}

}  // namespace secureauth::accounts::credential_versions
