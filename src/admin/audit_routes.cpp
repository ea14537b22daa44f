#include "admin/audit_routes.hpp"

#include "admin/audit_filter.hpp"
#include "admin/permissions.hpp"
#include "audit/export/formats.hpp"
#include "core/ascii.hpp"
#include "http/query.hpp"

#include <algorithm>
#include <utility>

namespace secureauth::admin {
namespace {

using http::Body;
using http::Method;
using sessions::SessionRef;

constexpr int kPieceEntries = 500;  // of a stream that are in memory at a time: some hundred KiB
constexpr std::string_view kJsonLines = "application/x-ndjson";

/// Whether the Accept header names it, with whatever parameters.
bool wants_lines(const http::Request& request) {
  auto rest = request.header("accept").value_or("");
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto range = rest.substr(0, end);
    if (ascii::equal_ignoring_case(ascii::trimmed(range.substr(0, range.find(';'))), kJsonLines)) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string written(const audit::SearchPosition& position) {
  return position.at + '_' + position.id;
}

audit::SearchPosition read(std::string_view position) {
  const auto between = position.find('_');  // it was signed
  return {std::string(position.substr(0, between)), std::string(position.substr(between + 1))};
}

}  // namespace

/// A stream that is under way.
struct AuditRoutes::Reading {
  audit::SearchFilter filter;
  std::optional<audit::SearchPosition> after;
  sessions::SessionToken token;
  bool at_end = false;
};

void AuditRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(
      Method::get, "/admin/audit-logs", Body::none,
      [this](http::Request& request, SessionRef session) { return list(request, std::move(session)); },
      access_for(Permission::read_audit)));
}

AuditRoutes::Answer AuditRoutes::list(http::Request& request, SessionRef session) {
  const auto query = http::Query::parse(request);
  if (!query) co_return query.error();
  const auto limit = query->limit();
  if (!limit) co_return limit.error();
  const NamedText given = [&query](std::string_view name) { return query->text(name); };
  const auto filter = read_audit_filter(given);
  if (!filter) co_return filter.error();
  const auto name = "admin/audit-logs" + canonical_text(*filter);
  const auto& owner = session->user.id;
  std::optional<audit::SearchPosition> after;
  if (const auto cursor = query->text("cursor")) {
    const auto position = cursors_.read(name, owner.text(), *cursor);
    if (!position) co_return Error(ErrorCode::invalid_request, "The cursor is not one of this list.");
    after = read(*position);
  }

  const bool lines = wants_lines(request);
  Operator by{.actor = owner, .session = session->id, .client = request.client};
  const auto extent = lines ? AuditReader::Extent::everything : AuditReader::Extent::one_page;
  const bool reads = !lines || request.method != Method::head;  // the head of a stream gives no entry
  if (reads) co_await reader_.begin(*filter, extent, std::move(by));
  http::Response response;
  if (lines) {
    const auto token = gate_.presented_token(request);  // the gate has seen that it is there
    if (!token || !*token) co_return ErrorCode::unauthenticated;
    response.content = http::Content::json_lines;
    response.stream = stream({.filter = *filter, .after = std::move(after), .token = **token});
    co_return response;
  }
  const auto page = co_await reader_.page(*filter, std::move(after), *limit);
  boost::json::array entries;
  for (const auto& entry : page.entries) entries.push_back(audit::as_jsonl(entry));
  boost::json::value next;
  if (page.next) next = cursors_.issue(name, owner.text(), written(*page.next));
  const boost::json::object body{{"entries", std::move(entries)}, {"next_cursor", std::move(next)}};
  response.body = boost::json::serialize(body);
  co_return response;
}

http::BodyStream AuditRoutes::stream(Reading reading) {
  auto state = std::make_shared<Reading>(std::move(reading));
  return [this, state]() -> net::awaitable<Result<std::optional<std::string>>> {
    if (state->at_end) co_return std::optional<std::string>();
    const auto allowed = co_await still_allowed(state->token);
    if (!allowed) co_return allowed.error();
    auto page = co_await reader_.page(state->filter, state->after, kPieceEntries);
    std::string piece;
    for (const auto& entry : page.entries) piece.append(boost::json::serialize(audit::as_jsonl(entry))).append("\n");
    state->at_end = !page.next;
    state->after = std::move(page.next);
    co_return std::optional(std::move(piece));
  };
}

// A stream may last longer than the session, or the role, that began it; and while it runs, the session is in use.
net::awaitable<Result<void>> AuditRoutes::still_allowed(sessions::SessionToken token) {
  const auto session = co_await still_holding(sessions_, token, Permission::read_audit);
  if (!session) co_return session.error();
  if (sessions_.touch(*session)) co_await sessions_.write_use(*session);
  co_return Result<void>{};
}

}  // namespace secureauth::admin
