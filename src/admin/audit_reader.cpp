#include "admin/audit_reader.hpp"

#include <utility>

namespace secureauth::admin {
namespace {

void add_described(boost::json::object& details, const audit::SearchFilter& filter) {
  if (filter.event) details["event"] = *filter.event;
  if (filter.outcome) details["outcome"] = *filter.outcome;
  if (filter.actor) details["by_actor"] = true;
  if (filter.session) details["by_session"] = true;
  if (filter.request_id) details["by_request_id"] = true;
  if (filter.ip) details["by_ip"] = true;
  if (filter.from) details["from"] = to_rfc3339(*filter.from);
  if (filter.to) details["to"] = to_rfc3339(*filter.to);
}

}  // namespace

net::awaitable<void> AuditReader::begin(const audit::SearchFilter& filter, Extent extent, Operator by) const {
  boost::json::object details;
  if (extent == Extent::everything) details["everything"] = true;
  co_await record(filter, std::move(details), std::move(by));
}

net::awaitable<void> AuditReader::begin_live(const audit::SearchFilter& filter, Past past, Operator by) const {
  boost::json::object details{{"live", true}};
  if (past.from < past.end) {
    details["from_entry"] = past.from;
    details["past_entries"] = past.end - past.from;
  }
  co_await record(filter, std::move(details), std::move(by));
}

net::awaitable<void> AuditReader::record(const audit::SearchFilter& filter, boost::json::object details,
                                         Operator by) const {
  add_described(details, filter);
  audit::Entry entry{.event = audit::Event::audit_read,
                     .actor = by.actor,
                     .subject = filter.subject,
                     .session = by.session,
                     .client = std::move(by.client),
                     .details = std::move(details)};
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
}

net::awaitable<audit::SearchPage> AuditReader::page(audit::SearchFilter filter,
                                                    std::optional<audit::SearchPosition> after, int limit) const {
  auto page = co_await audit::search(parts_.database, std::move(filter), std::move(after), limit);
  co_return page;
}

}  // namespace secureauth::admin
