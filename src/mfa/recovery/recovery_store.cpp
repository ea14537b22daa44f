#include "mfa/recovery/recovery_store.hpp"

#include "db/batches.hpp"

#include <utility>

namespace secureauth::mfa::recovery_store {
namespace {

constexpr db::Statement kDiscardSome{R"sql(
  DELETE FROM recovery_codes
   WHERE (user_id, selector) IN (SELECT user_id, selector FROM recovery_codes LIMIT $1))sql"};
constexpr db::Statement kDiscard{"DELETE FROM recovery_codes WHERE user_id = $1"};

constexpr db::Statement kInsert{
    "INSERT INTO recovery_codes (user_id, selector, code_hash, created_at) VALUES ($1, $2, $3, $4)"};

constexpr db::Statement kFind{"SELECT code_hash, used_at FROM recovery_codes WHERE user_id = $1 AND selector = $2"};

// One statement uses the code: of two requests at once, one changes the row. The hash names which code was verified: a
// renewal may have given its selector to another. It stays, so that a second use is told from a wrong code.
constexpr db::Statement kConsume{R"sql(
  UPDATE recovery_codes SET used_at = $4
   WHERE user_id = $1 AND selector = $2 AND code_hash = $3 AND used_at IS NULL)sql"};

constexpr db::Statement kSummary{R"sql(
  SELECT MAX(created_at), MAX(used_at), COUNT(*) - COUNT(used_at) FROM recovery_codes WHERE user_id = $1)sql"};

constexpr db::Statement kCountHashes{"SELECT count(*) FROM recovery_codes WHERE code_hash LIKE $1"};

}  // namespace

net::awaitable<void> discard_all(db::Executor& database) {
  co_await db::in_batches(database, kDiscardSome, db::Params(), db::kWithoutPause);
}

net::awaitable<void> discard(db::Executor& database, UserId user) {
  db::Params params(user.text());
  co_await database.write(kDiscard, std::move(params));
}

net::awaitable<void> insert(db::Executor& database, UserId user, std::string selector, std::string code_hash,
                            Timestamp now) {
  db::Params params(user.text(), std::move(selector), std::move(code_hash), now);
  co_await database.write(kInsert, std::move(params));
}

net::awaitable<std::optional<Stored>> find(db::Executor& database, UserId user, std::string selector) {
  db::Params params(user.text(), std::move(selector));
  const auto rows = co_await database.execute(kFind, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const auto& row = rows.front();
  co_return Stored{.code_hash = row.text(0), .used = !row.is_null(1)};
}

net::awaitable<bool> consume(db::Executor& database, UserId user, std::string selector, std::string code_hash,
                             Timestamp now) {
  db::Params params(user.text(), std::move(selector), std::move(code_hash), now);
  const auto result = co_await database.execute(kConsume, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<std::optional<Summary>> summary(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kSummary, std::move(params));
  const auto& row = rows.front();
  if (row.is_null(0)) co_return std::nullopt;
  co_return Summary{
      .created_at = row.time(0), .last_used_at = row.optional_time(1), .remaining = static_cast<int>(row.integer(2))};
}

net::awaitable<std::int64_t> count_hashes(db::Executor& database, std::string pattern) {
  db::Params params(std::move(pattern));
  const auto rows = co_await database.execute(kCountHashes, std::move(params));
  co_return rows.front().integer(0);
}

}  // namespace secureauth::mfa::recovery_store
