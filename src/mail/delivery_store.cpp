#include "mail/delivery_store.hpp"

namespace secureauth::mail::delivery_store {
namespace {

constexpr db::Statement kIsDue{"SELECT 1 FROM outbox WHERE state = 'queued' AND due_at <= $1 LIMIT 1"};

// One statement claims. Of two at once, the later waits for the earlier's row locks and then finds the rows not due any
// more: the condition stands outside of the subquery too, where PostgreSQL checks it again (READ COMMITTED).
constexpr db::Statement kClaim{R"sql(
  UPDATE outbox SET lease = $1, due_at = $2, attempts = attempts + 1
   WHERE id IN (SELECT id FROM outbox WHERE state = 'queued' AND due_at <= $3 ORDER BY due_at LIMIT $4)
     AND state = 'queued' AND due_at <= $3
  RETURNING id, content, created_at, attempts)sql"};

constexpr db::Statement kSent{R"sql(
  UPDATE outbox SET state = 'sent', content = NULL, lease = NULL, settled_at = $3, last_error = NULL
   WHERE id = $1 AND lease = $2)sql"};

constexpr db::Statement kLater{R"sql(
  UPDATE outbox SET lease = NULL, due_at = $3, last_error = $4 WHERE id = $1 AND lease = $2)sql"};

constexpr db::Statement kDead{R"sql(
  UPDATE outbox SET state = 'dead', lease = NULL, settled_at = $3, last_error = $4 WHERE id = $1 AND lease = $2)sql"};

constexpr db::Statement kGiveBack{R"sql(
  UPDATE outbox SET lease = NULL, due_at = $3, attempts = attempts - 1 WHERE id = $1 AND lease = $2)sql"};

constexpr db::Statement kQueuedList{R"sql(
  SELECT id, kind, attempts, created_at, due_at, last_error, content
    FROM outbox WHERE state = 'queued' ORDER BY due_at LIMIT $1)sql"};

constexpr db::Statement kDeadList{R"sql(
  SELECT id, kind, attempts, created_at, due_at, last_error, content
    FROM outbox WHERE state = 'dead' ORDER BY created_at LIMIT $1)sql"};

constexpr db::Statement kRetryAll{R"sql(
  UPDATE outbox SET state = 'queued', due_at = $1, settled_at = NULL WHERE state = 'dead' AND content IS NOT NULL)sql"};

constexpr db::Statement kRetry{R"sql(
  UPDATE outbox SET state = 'queued', due_at = $2, settled_at = NULL
   WHERE id = $1 AND state = 'dead' AND content IS NOT NULL)sql"};

constexpr db::Statement kState{"SELECT state FROM outbox WHERE id = $1"};

net::awaitable<std::vector<Waiting>> list(db::Executor& database, db::Statement statement, int limit) {
  db::Params params(limit);
  const auto rows = co_await database.execute(statement, std::move(params));
  std::vector<Waiting> waiting;
  for (const auto& row : rows) {
    waiting.push_back(
        {row.text(0), row.text(1), row.integer(2), row.time(3), row.time(4), row.optional_text(5), std::nullopt});
    if (!row.is_null(6)) waiting.back().content = row.bytes(6);
  }
  co_return waiting;
}

}  // namespace

net::awaitable<bool> is_due(db::Executor& database, Timestamp now) {
  db::Params params(now);
  const auto rows = co_await database.execute(kIsDue, std::move(params));
  co_return !rows.empty();
}

net::awaitable<std::vector<Claimed>> claim(db::Executor& database, std::string lease, Timestamp now,
                                           Timestamp lease_ends, int most) {
  db::Params params(std::move(lease), lease_ends, now, most);
  const auto rows = co_await database.execute(kClaim, std::move(params));
  std::vector<Claimed> claimed;
  for (const auto& row : rows) claimed.push_back({row.text(0), row.bytes(1), row.time(2), row.integer(3)});
  co_return claimed;
}

net::awaitable<void> settle_sent(db::Executor& database, std::string id, std::string lease, Timestamp now) {
  db::Params params(std::move(id), std::move(lease), now);
  co_await database.execute(kSent, std::move(params));
}

net::awaitable<void> settle_later(db::Executor& database, std::string id, std::string lease, Timestamp due,
                                  std::string reason) {
  db::Params params(std::move(id), std::move(lease), due, std::move(reason));
  co_await database.execute(kLater, std::move(params));
}

net::awaitable<void> settle_dead(db::Executor& database, std::string id, std::string lease, Timestamp now,
                                 std::string reason) {
  db::Params params(std::move(id), std::move(lease), now, std::move(reason));
  co_await database.execute(kDead, std::move(params));
}

net::awaitable<void> give_back(db::Executor& database, std::string id, std::string lease, Timestamp now) {
  db::Params params(std::move(id), std::move(lease), now);
  co_await database.execute(kGiveBack, std::move(params));
}

net::awaitable<std::vector<Waiting>> queued(db::Executor& database, int limit) {
  co_return co_await list(database, kQueuedList, limit);
}

net::awaitable<std::vector<Waiting>> dead(db::Executor& database, int limit) {
  co_return co_await list(database, kDeadList, limit);
}

net::awaitable<std::size_t> retry_all(db::Executor& database, Timestamp now) {
  db::Params params(now);
  const auto result = co_await database.execute(kRetryAll, std::move(params));
  co_return result.affected;
}

net::awaitable<Retried> retry(db::Executor& database, std::string id, Timestamp now) {
  db::Params params(id, now);
  const auto result = co_await database.execute(kRetry, std::move(params));
  if (result.affected == 1) co_return Retried::queued;
  db::Params which(std::move(id));
  const auto rows = co_await database.execute(kState, std::move(which));
  if (rows.empty()) co_return Retried::unknown;
  co_return rows.front().text(0) == "dead" ? Retried::content_gone : Retried::not_dead;
}

}  // namespace secureauth::mail::delivery_store
