#include "audit/audit_search.hpp"

#include "crypto/uuid.hpp"

#include <utility>

namespace secureauth::audit {
namespace {

constexpr int kToAStatement = 1000;  // entries passed over; kWindowEnd and kWindowEndAbout say it too
constexpr int kMostStatements = kMostPassed / kToAStatement;
constexpr std::string_view kBeforeAnyTime = "0001-01-01T00:00:00.000000Z";
constexpr std::string_view kBehindAnyTime = "9999-12-31T23:59:59.999999Z";

// Where the thousandth entry is, so that no statement reads the whole log for the few that a filter lets through, nor
// does so because a planner takes the conditions of filters that are not set for rare.
constexpr db::Statement kWindowEnd{R"sql(
  SELECT at, id FROM audit_logs WHERE (at, id) < ($1, $2) AND at >= $3
   ORDER BY at DESC, id DESC LIMIT 1 OFFSET 999)sql"};

constexpr db::Statement kWindowEndAbout{R"sql(
  SELECT at, id FROM audit_logs WHERE subject_id = $4 AND (at, id) < ($1, $2) AND at >= $3
   ORDER BY at DESC, id DESC LIMIT 1 OFFSET 999)sql"};

constexpr db::Statement kSearch{R"sql(
  SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details
    FROM audit_logs
   WHERE (at, id) < ($1, $2) AND (at, id) >= ($3, $4)
     AND event = COALESCE($5, event) AND outcome = COALESCE($6, outcome)
     AND request_id = COALESCE($7, request_id) AND ip = COALESCE($8, ip)
     AND (CAST($9 AS uuid) IS NULL OR actor_id = $9)
     AND (CAST($10 AS uuid) IS NULL OR session_id = $10)
   ORDER BY at DESC, id DESC LIMIT $11)sql"};

constexpr db::Statement kSearchAbout{R"sql(
  SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details
    FROM audit_logs
   WHERE subject_id = $12 AND (at, id) < ($1, $2) AND (at, id) >= ($3, $4)
     AND event = COALESCE($5, event) AND outcome = COALESCE($6, outcome)
     AND request_id = COALESCE($7, request_id) AND ip = COALESCE($8, ip)
     AND (CAST($9 AS uuid) IS NULL OR actor_id = $9)
     AND (CAST($10 AS uuid) IS NULL OR session_id = $10)
   ORDER BY at DESC, id DESC LIMIT $11)sql"};

template <class Tag>
std::optional<std::string> text_of(const std::optional<Id<Tag>>& id) {
  if (!id) return std::nullopt;
  return id->text();
}

/// The oldest entry that a statement may look at; nothing: all that are left.
net::awaitable<std::optional<SearchPosition>> window_end(db::Executor& database, const SearchFilter& filter,
                                                         const SearchPosition& start, const std::string& from) {
  db::Rows rows;
  if (filter.subject) {
    db::Params params(start.at, start.id, from, filter.subject->text());
    rows = co_await database.execute(kWindowEndAbout, std::move(params));
  } else {
    db::Params params(start.at, start.id, from);
    rows = co_await database.execute(kWindowEnd, std::move(params));
  }
  if (rows.empty()) co_return std::nullopt;
  co_return SearchPosition{rows.front().text(0), rows.front().text(1)};
}

net::awaitable<db::Rows> find(db::Executor& database, const SearchFilter& filter, const SearchPosition& start,
                              const SearchPosition& end, int limit) {
  std::vector<db::Value> values =
      db::Params(start.at, start.id, end.at, end.id, filter.event, filter.outcome, filter.request_id, filter.ip,
                 text_of(filter.actor), text_of(filter.session), limit)
          .values();
  if (filter.subject) values.emplace_back(filter.subject->text());
  const auto statement = filter.subject ? kSearchAbout : kSearch;
  auto rows = co_await database.execute(statement, db::Params::of(std::move(values)));
  co_return rows;
}

template <class Tag>
bool is(const std::optional<Id<Tag>>& wanted, const std::optional<std::string>& found) {
  return !wanted || (found && wanted->text() == *found);
}

bool is(const std::optional<std::string>& wanted, const std::string& found) {
  return !wanted || *wanted == found;
}

}  // namespace

bool lets_through(const SearchFilter& filter, const RecordedEntry& entry) {
  return is(filter.event, entry.event) && is(filter.outcome, entry.outcome) && is(filter.actor, entry.actor) &&
         is(filter.subject, entry.subject) && is(filter.session, entry.session) &&
         is(filter.request_id, entry.request_id) && is(filter.ip, entry.ip) &&
         (!filter.from || entry.at >= to_rfc3339(*filter.from)) && (!filter.to || entry.at < to_rfc3339(*filter.to));
}

net::awaitable<SearchPage> search(db::Executor& database, SearchFilter filter, std::optional<SearchPosition> after,
                                  int limit) {
  const auto from = filter.from ? to_rfc3339(*filter.from) : std::string(kBeforeAnyTime);
  SearchPosition start{std::string(kBehindAnyTime), std::string(crypto::kBehindAll)};
  if (filter.to) start = {to_rfc3339(*filter.to), std::string(crypto::kBeforeAll)};
  if (after && std::pair(after->at, after->id) < std::pair(start.at, start.id)) start = *std::move(after);
  SearchPage page;
  for (int i = 0; i < kMostStatements; ++i) {
    const auto end = co_await window_end(database, filter, start, from);
    const SearchPosition last = end ? *end : SearchPosition{from, std::string(crypto::kBeforeAll)};
    const auto left = limit - static_cast<int>(page.entries.size());
    const auto rows = co_await find(database, filter, start, last, left);
    for (const auto& row : rows) page.entries.push_back(recorded_entry(row));
    if (std::cmp_equal(page.entries.size(), limit)) {
      page.next = SearchPosition{page.entries.back().at, page.entries.back().id};
      co_return page;
    }
    if (!end) co_return page;
    start = last;
  }
  page.next = start;
  co_return page;
}

}  // namespace secureauth::audit
