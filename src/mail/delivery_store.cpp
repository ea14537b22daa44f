#include "mail/delivery_store.hpp"

#include <algorithm>
#include <utility>

namespace secureauth::mail::delivery_store {
namespace {

constexpr db::Statement kIsDue{"SELECT 1 FROM mails WHERE state = 'queued' AND due_at <= $1 LIMIT 1"};

// One statement claims. Of two at once, the later waits for the earlier's row locks and then finds the rows not due any
// more: the condition stands outside of the subquery too, where PostgreSQL checks it again (READ COMMITTED).
// What was never tried comes first: mail that failed must not stand in its way.
constexpr db::Statement kClaim{R"sql(
  UPDATE mails SET lease = $1, due_at = $2, attempts = attempts + 1
   WHERE id IN (SELECT id FROM mails WHERE state = 'queued' AND due_at <= $3 ORDER BY attempts > 0, due_at LIMIT $4)
     AND state = 'queued' AND due_at <= $3
  RETURNING id, content, created_at, expires_at, attempts)sql"};

constexpr db::Statement kSent{R"sql(
  UPDATE mails SET state = 'sent', content = NULL, lease = NULL, settled_at = $3, last_error = NULL
   WHERE id = $1 AND lease = $2)sql"};

constexpr db::Statement kLater{R"sql(
  UPDATE mails SET lease = NULL, due_at = $3, last_error = $4 WHERE id = $1 AND lease = $2)sql"};

constexpr db::Statement kDead{R"sql(
  UPDATE mails SET state = 'dead', lease = NULL, settled_at = $3, last_error = $4 WHERE id = $1 AND lease = $2
  RETURNING kind)sql"};

constexpr db::Statement kGiveBack{R"sql(
  UPDATE mails SET lease = NULL, due_at = $3, attempts = attempts - 1 WHERE id = $1 AND lease = $2)sql"};

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
  for (const auto& row : rows) claimed.push_back({row.text(0), row.bytes(1), row.time(2), row.time(3), row.integer(4)});
  // RETURNING knows no order.
  std::ranges::sort(claimed, {}, [](const Claimed& mail) { return std::pair(mail.attempts > 1, mail.created_at); });
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

net::awaitable<std::optional<std::string>> settle_dead(db::Executor& database, std::string id, std::string lease,
                                                       Timestamp now, std::string reason) {
  db::Params params(std::move(id), std::move(lease), now, std::move(reason));
  const auto rows = co_await database.execute(kDead, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return rows.front().text(0);
}

net::awaitable<void> give_back(db::Executor& database, std::string id, std::string lease, Timestamp now) {
  db::Params params(std::move(id), std::move(lease), now);
  co_await database.execute(kGiveBack, std::move(params));
}

}  // namespace secureauth::mail::delivery_store
