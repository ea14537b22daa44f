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

constexpr db::Statement kMoveSome{R"sql(
  UPDATE users SET password_version = $1, factors_version = $1
   WHERE id IN (SELECT id FROM users WHERE password_version < $1 OR factors_version < $1 LIMIT 1000))sql"};

}  // namespace

net::awaitable<void> move_ahead(db::Database& database, Timestamp now) {
  db::Params none;
  const auto highest = co_await database.execute(kHighest, std::move(none));
  const auto since = std::chrono::duration_cast<std::chrono::seconds>(now - kEpoch).count();
  const auto beyond = std::max(highest.front().integer(0), highest.front().integer(1)) + 1;
  db::Params params(std::max<std::int64_t>(since, beyond));
  co_await db::in_batches(database, kMoveSome, std::move(params), db::kWithoutPause);
}

}  // namespace secureauth::accounts::credential_versions
