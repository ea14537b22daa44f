#include "admin/sign_in_event_store.hpp"

#include "crypto/uuid.hpp"

#include <string_view>
#include <utility>

namespace secureauth::admin::sign_in_event_store {
namespace {

constexpr std::size_t kEntryColumns = 11;
constexpr std::string_view kBehindAnyTime = "9999-12-31T23:59:59.999999Z";

// The conditions of both are those of their indexes, word for word.
constexpr db::Statement kCount{R"sql(
  SELECT event, COUNT(*) FROM audit_logs
   WHERE event IN ('login.succeeded', 'login.failed', 'login.challenged', 'account.locked') AND at >= $1 AND at < $2
   GROUP BY event)sql"};

constexpr db::Statement kLocks{R"sql(
  SELECT l.id, l.at, l.event, l.outcome, l.actor_id, l.subject_id, l.session_id, l.ip, l.user_agent, l.request_id,
         l.details, u.email, u.email_key
    FROM (SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details
            FROM audit_logs
           WHERE event = 'account.locked' AND (at, id) < ($1, $2)
           ORDER BY at DESC, id DESC LIMIT $3) AS l
    LEFT JOIN users u ON u.id = l.subject_id
   ORDER BY l.at DESC, l.id DESC)sql"};

void add(Counts& counts, std::string_view event, std::int64_t count) {
  if (event == "login.succeeded") counts.succeeded += count;
  if (event == "login.failed") counts.failed += count;
  if (event == "login.challenged") counts.challenged += count;
  if (event == "account.locked") counts.locked += count;
}

}  // namespace

net::awaitable<Counts> count(db::Executor& database, Timestamp from, Timestamp to) {
  db::Params params(from, to);
  const auto rows = co_await database.execute(kCount, std::move(params));
  Counts counts;
  for (const auto& row : rows) add(counts, row.text(0), row.integer(1));
  co_return counts;
}

net::awaitable<std::vector<Lock>> locks(db::Executor& database, std::optional<Position> after, int limit) {
  auto start = std::move(after).value_or(Position{std::string(kBehindAnyTime), std::string(crypto::kBehindAll)});
  db::Params params(std::move(start.at), std::move(start.id), limit);
  const auto rows = co_await database.execute(kLocks, std::move(params));
  std::vector<Lock> locks;
  for (const auto& row : rows) {
    locks.push_back({.entry = audit::recorded_entry(row),
                     .email = row.optional_text(kEntryColumns),
                     .email_key = row.optional_text(kEntryColumns + 1)});
  }
  co_return locks;
}

}  // namespace secureauth::admin::sign_in_event_store
