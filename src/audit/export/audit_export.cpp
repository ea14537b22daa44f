#include "audit/export/audit_export.hpp"

#include "audit/export/event_class.hpp"
#include "crypto/uuid.hpp"

#include <stdexcept>
#include <utility>

namespace secureauth::audit {
namespace {

constexpr int kPageRows = 1000;

constexpr db::Statement kPage{R"sql(
  SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details
    FROM audit_logs WHERE at >= $1 AND (at, id) > ($1, $2) AND at < $3 ORDER BY at, id LIMIT $4)sql"};

constexpr db::Statement kPageOfSubject{R"sql(
  SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details
    FROM audit_logs WHERE subject_id = $5 AND at >= $1 AND (at, id) > ($1, $2) AND at < $3
   ORDER BY at, id LIMIT $4)sql"};

}  // namespace

net::awaitable<std::uint64_t> AuditExport::operator()(Selection selection, Format format, Reporter reporter,
                                                      Operator by, std::function<void(const std::string& line)> write) {
  co_await record(selection, format, std::move(by));
  std::uint64_t count = 0;
  auto after = to_rfc3339(selection.from);
  std::string after_id(crypto::kBeforeAll);
  while (true) {
    const auto entries = co_await page(selection, after, after_id);
    for (const auto& entry : entries) {
      if (!selection.events.empty() && !is_chosen(selection.events, entry.event)) continue;
      write(format_entry(format, entry, reporter));
      ++count;
    }
    if (entries.size() < kPageRows) co_return count;
    const auto& last = entries.back();
    if (std::pair(last.at, last.id) <= std::pair(after, after_id)) {
      throw std::runtime_error("an entry cannot be read: see audit verify");  // nor passed over
    }
    after = last.at;
    after_id = last.id;
  }
}

net::awaitable<void> AuditExport::record(const Selection& selection, Format format, Operator by) {
  Entry entry{.event = Event::audit_exported, .actor = by.actor, .session = by.session, .client = std::move(by.client)};
  entry.details["format"] = name_of(format);
  entry.details["from"] = to_rfc3339(selection.from);
  entry.details["to"] = to_rfc3339(selection.to);
  if (!selection.events.empty()) {
    boost::json::array events;
    for (const auto& event : selection.events) events.emplace_back(event);
    entry.details["events"] = std::move(events);
  }
  if (selection.subject) entry.subject = UserId(*selection.subject);
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
}

net::awaitable<std::vector<RecordedEntry>> AuditExport::page(const Selection& selection, std::string after,
                                                             std::string after_id) {
  db::Rows rows;
  if (selection.subject) {
    db::Params params(std::move(after), std::move(after_id), selection.to, kPageRows, *selection.subject);
    rows = co_await parts_.database.execute(kPageOfSubject, std::move(params));
  } else {
    db::Params params(std::move(after), std::move(after_id), selection.to, kPageRows);
    rows = co_await parts_.database.execute(kPage, std::move(params));
  }
  std::vector<RecordedEntry> entries;
  for (const auto& row : rows) entries.push_back(recorded_entry(row));
  co_return entries;
}

}  // namespace secureauth::audit
