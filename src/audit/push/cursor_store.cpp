#include "audit/push/cursor_store.hpp"

#include <utility>

namespace secureauth::audit::cursor_store {
namespace {

constexpr db::Statement kFind{R"sql(
  SELECT sink, next_entry, holder, held_until, failures, last_error, updated_at,
         (SELECT COALESCE(MAX(tree_size), 0) FROM audit_heads)
    FROM audit_deliveries WHERE sink = $1)sql"};

constexpr db::Statement kAll{R"sql(
  SELECT sink, next_entry, holder, held_until, failures, last_error, updated_at,
         (SELECT COALESCE(MAX(tree_size), 0) FROM audit_heads)
    FROM audit_deliveries ORDER BY sink)sql"};

constexpr db::Statement kBegin{R"sql(
  INSERT INTO audit_deliveries (sink, next_entry, failures, updated_at) VALUES ($1, $2, 0, $3)
  ON CONFLICT (sink) DO NOTHING)sql"};

// Of two at once, the later waits for the earlier's row lock and then finds the lease taken.
constexpr db::Statement kHold{R"sql(
  UPDATE audit_deliveries SET holder = $2, held_until = $4
   WHERE sink = $1 AND (held_until IS NULL OR held_until <= $3 OR held_until > $5 OR holder = $2)
  RETURNING next_entry, failures)sql"};

constexpr db::Statement kAdvance{R"sql(
  UPDATE audit_deliveries SET next_entry = $4, failures = 0, last_error = NULL, updated_at = $5
   WHERE sink = $1 AND holder = $2 AND next_entry = $3)sql"};

constexpr db::Statement kFail{R"sql(
  UPDATE audit_deliveries SET failures = failures + 1, last_error = $3, updated_at = $4, holder = NULL, held_until = $5
   WHERE sink = $1 AND holder = $2)sql"};

constexpr db::Statement kRelease{R"sql(
  UPDATE audit_deliveries SET holder = NULL, held_until = NULL WHERE sink = $1 AND holder = $2)sql"};

constexpr db::Statement kMove{R"sql(
  UPDATE audit_deliveries
     SET next_entry = $2, holder = NULL, held_until = NULL, failures = 0, last_error = NULL, updated_at = $3
   WHERE sink = $1)sql"};

constexpr db::Statement kForget{"DELETE FROM audit_deliveries WHERE sink = $1"};

Standing standing_of(const db::Row& row) {
  return {.sink = row.text(0),
          .next_entry = row.integer(1),
          .holder = row.optional_text(2),
          .held_until = row.optional_time(3),
          .failures = row.integer(4),
          .last_error = row.optional_text(5),
          .updated_at = row.time(6),
          .sealed = row.integer(7)};
}

}  // namespace

bool Standing::is_held(Timestamp now) const {
  return held_until && *held_until > now && *held_until <= now + kLongestHold;
}

net::awaitable<std::optional<Standing>> find(db::Executor& database, std::string sink) {
  db::Params params(std::move(sink));
  const auto rows = co_await database.execute(kFind, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return standing_of(rows.front());
}

net::awaitable<std::vector<Standing>> all(db::Executor& database) {
  const auto rows = co_await database.execute(kAll, db::Params());
  std::vector<Standing> found;
  for (const auto& row : rows) found.push_back(standing_of(row));
  co_return found;
}

net::awaitable<void> begin(db::Executor& database, std::string sink, std::int64_t next_entry, Timestamp now) {
  db::Params params(std::move(sink), next_entry, now);
  co_await database.execute(kBegin, std::move(params));
}

net::awaitable<std::optional<Held>> hold(db::Executor& database, std::string sink, std::string holder, Timestamp now,
                                         Timestamp until) {
  db::Params params(std::move(sink), std::move(holder), now, until, now + kLongestHold);
  const auto rows = co_await database.execute(kHold, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const Held held{.next_entry = rows.front().integer(0), .failures = rows.front().integer(1)};
  co_return held;
}

net::awaitable<bool> advance(db::Executor& database, std::string sink, std::string holder, std::int64_t from,
                             std::int64_t to, Timestamp now) {
  db::Params params(std::move(sink), std::move(holder), from, to, now);
  const auto rows = co_await database.execute(kAdvance, std::move(params));
  co_return rows.affected == 1;
}

net::awaitable<void> fail(db::Executor& database, std::string sink, std::string holder, std::string why, Timestamp now,
                          Timestamp until) {
  db::Params params(std::move(sink), std::move(holder), std::move(why), now, until);
  co_await database.execute(kFail, std::move(params));
}

net::awaitable<void> release(db::Executor& database, std::string sink, std::string holder) {
  db::Params params(std::move(sink), std::move(holder));
  co_await database.execute(kRelease, std::move(params));
}

net::awaitable<bool> move(db::Executor& database, std::string sink, std::int64_t next_entry, Timestamp now) {
  db::Params params(std::move(sink), next_entry, now);
  const auto rows = co_await database.execute(kMove, std::move(params));
  co_return rows.affected == 1;
}

net::awaitable<bool> forget(db::Executor& database, std::string sink) {
  db::Params params(std::move(sink));
  const auto rows = co_await database.execute(kForget, std::move(params));
  co_return rows.affected == 1;
}

}  // namespace secureauth::audit::cursor_store
