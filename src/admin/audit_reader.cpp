#include "admin/audit_reader.hpp"

#include <utility>

namespace secureauth::admin {
namespace {

boost::json::object described(const audit::SearchFilter& filter, AuditReader::Extent extent) {
  boost::json::object details;
  if (extent == AuditReader::Extent::everything) details["everything"] = true;
  if (extent == AuditReader::Extent::live) details["live"] = true;
  if (filter.event) details["event"] = *filter.event;
  if (filter.outcome) details["outcome"] = *filter.outcome;
  if (filter.actor) details["by_actor"] = true;
  if (filter.session) details["by_session"] = true;
  if (filter.request_id) details["by_request_id"] = true;
  if (filter.ip) details["by_ip"] = true;
  if (filter.from) details["from"] = to_rfc3339(*filter.from);
  if (filter.to) details["to"] = to_rfc3339(*filter.to);
  return details;
}

}  // namespace

net::awaitable<void> AuditReader::begin(const audit::SearchFilter& filter, Extent extent, Operator by) const {
  audit::Entry entry{.event = audit::Event::audit_read,
                     .actor = by.actor,
                     .subject = filter.subject,
                     .session = by.session,
                     .client = std::move(by.client),
                     .details = described(filter, extent)};
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
}

net::awaitable<audit::SearchPage> AuditReader::page(audit::SearchFilter filter,
                                                    std::optional<audit::SearchPosition> after, int limit) const {
  auto page = co_await audit::search(parts_.database, std::move(filter), std::move(after), limit);
  co_return page;
}

}  // namespace secureauth::admin
