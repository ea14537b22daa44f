#include "mail/mail_queue.hpp"

namespace secureauth::mail::mail_queue {
namespace {

constexpr db::Statement kQueuedList{R"sql(
  SELECT id, kind, attempts, created_at, due_at, last_error, content
    FROM mails WHERE state = 'queued' ORDER BY due_at LIMIT $1)sql"};

constexpr db::Statement kDeadList{R"sql(
  SELECT id, kind, attempts, created_at, due_at, last_error, content
    FROM mails WHERE state = 'dead' ORDER BY created_at LIMIT $1)sql"};

constexpr db::Statement kSummary{R"sql(
  SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM mails WHERE state = 'queued' LIMIT 10000) AS queued),
         (SELECT MIN(created_at)
            FROM (SELECT created_at FROM mails WHERE state = 'queued' ORDER BY due_at LIMIT 10000) AS oldest),
         (SELECT COUNT(*) FROM (SELECT 1 FROM mails WHERE state = 'dead' LIMIT 10000) AS dead))sql"};

constexpr db::Statement kRetryAll{R"sql(
  UPDATE mails SET state = 'queued', due_at = $1, settled_at = NULL WHERE state = 'dead' AND content IS NOT NULL)sql"};

constexpr db::Statement kRetry{R"sql(
  UPDATE mails SET state = 'queued', due_at = $2, settled_at = NULL
   WHERE id = $1 AND state = 'dead' AND content IS NOT NULL)sql"};

constexpr db::Statement kState{"SELECT state FROM mails WHERE id = $1"};

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

net::awaitable<std::vector<Waiting>> queued(db::Executor& database, int limit) {
  co_return co_await list(database, kQueuedList, limit);
}

net::awaitable<std::vector<Waiting>> dead(db::Executor& database, int limit) {
  co_return co_await list(database, kDeadList, limit);
}

net::awaitable<Summary> summary(db::Executor& database) {
  const auto rows = co_await database.execute(kSummary, db::Params());
  const auto& row = rows.front();
  co_return Summary{.queued = row.integer(0), .queued_since = row.optional_time(1), .dead = row.integer(2)};
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

}  // namespace secureauth::mail::mail_queue
