#include "admin/tail_routes.hpp"

#include "admin/audit_filter.hpp"
#include "admin/permissions.hpp"
#include "crypto/uuid.hpp"
#include "http/query.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace secureauth::admin {
namespace {

using sessions::SessionRef;
using std::chrono::steady_clock;

constexpr auto kLookAgainAfter = std::chrono::milliseconds(250);  // a stop waits no longer for who is quiet
constexpr auto kLetOthersIn = std::chrono::milliseconds(10);  // a filter may let nothing through: then no write waits
constexpr auto kBeat = std::chrono::seconds(15);              // HTML §9.2.7: proxies give up on who says nothing
constexpr auto kAskForSession = std::chrono::seconds(2);
constexpr std::string_view kBegin = "retry: 3000\n\n";  // milliseconds
constexpr std::string_view kHeartbeat = ":\n\n";

void append_entry(std::string& text, const audit::LiveTail::Line& line) {
  text.append("event: entry\n");
  // In a log that was altered an id may be anything: a line break in it would begin another field.
  if (crypto::is_uuid(line.entry.id)) text.append("id: ").append(line.entry.id).append("\n");
  text.append("data: ").append(line.json).append("\n\n");  // JSON on one line
}

void append_gap(std::string& text, const std::optional<std::int64_t>& entries) {
  text.append("event: gap\ndata: {\"entries\":");
  text.append(entries ? std::to_string(*entries) : "null").append("}\n\n");
}

Result<audit::SearchFilter> filter_of(const http::Query& query) {
  std::vector<FieldError> errors;
  for (const std::string name : {"from", "to"}) {
    if (query.text(name)) errors.push_back({name, "invalid_format", "What is to come has no times yet."});
  }
  if (!errors.empty()) return Error(std::move(errors));
  const NamedText given = [&query](std::string_view name) { return query.text(name); };
  return read_audit_filter(given);
}

}  // namespace

/// Somebody who follows the log.
struct TailRoutes::Following {
  audit::SearchFilter filter;
  sessions::SessionToken token;
  TailPlaces::Place place;
  audit::LiveTail::Follower follower;
  std::int64_t next = 0;  ///< number of the first entry that was not looked at
  bool lost = false;      ///< the entry that was seen last is not in the log any more
  bool begun = false;
  bool waits = false;  ///< has seen what there is
  steady_clock::time_point beat_at = {};
  steady_clock::time_point ask_at = {};
};

void TailRoutes::add_to(http::Router& router) {
  auto access = access_for(Permission::read_audit);
  access.is_use = false;  // a page that nobody looks at opens it again and again
  router.add(parts_.gate.session_route(
      http::Method::get, "/admin/audit-logs/stream", http::Body::none,
      [this](http::Request& request, SessionRef session) { return follow(request, std::move(session)); }, access));
}

net::awaitable<Result<http::Response>> TailRoutes::follow(http::Request& request, SessionRef session) {
  const auto query = http::Query::parse(request);
  if (!query) co_return query.error();
  const auto filter = filter_of(*query);
  if (!filter) co_return filter.error();
  const auto token = parts_.gate.presented_token(request);  // the gate has seen that it is there
  if (!token || !*token) co_return ErrorCode::unauthenticated;
  Following following{.filter = *filter, .token = **token, .place = {}, .follower = {}};
  if (request.method != http::Method::head) {
    auto place = places_.take(session->id);
    if (!place) co_return place.error();
    following.place = *std::move(place);
    following.follower = parts_.tail.join();
    const auto end = co_await parts_.tail.end();
    following.next = end;
    if (const auto seen = request.header("last-event-id")) {
      std::string id(*seen);
      const auto behind = co_await parts_.tail.behind(std::move(id));
      following.lost = !behind;
      following.next = behind.value_or(end);
    }
    Operator by{.actor = session->user.id, .session = session->id, .client = request.client};
    const AuditReader::Past past{.from = std::max(following.next, parts_.tail.oldest(end)), .end = end};
    co_await parts_.reader.begin_live(*filter, past, std::move(by));
  }
  http::Response response;
  response.content = http::Content::event_stream;
  response.with("X-Accel-Buffering", "no");  // nginx would collect 4 KiB first
  response.stream = stream(std::move(following));
  co_return response;
}

http::BodyStream TailRoutes::stream(Following following) {
  auto state = std::make_shared<Following>(std::move(following));
  return [this, state]() -> net::awaitable<Result<std::optional<std::string>>> {
    auto text = co_await what_came(state);
    const auto now = steady_clock::now();
    if (text.empty() && now >= state->beat_at) text = kHeartbeat;
    if (!text.empty() || now >= state->ask_at) {
      // Right before anything is given. No use of the session: else a page left open would keep it for ever.
      const auto allowed = co_await still_holding(parts_.sessions, state->token, Permission::read_audit);
      if (!allowed) co_return allowed.error();
      state->ask_at = now + kAskForSession;
    }
    if (!text.empty()) state->beat_at = now + kBeat;
    co_return std::optional(std::move(text));
  };
}

net::awaitable<std::string> TailRoutes::what_came(std::shared_ptr<Following> following) {
  std::string text;
  if (!std::exchange(following->begun, true)) {
    text = kBegin;
    if (following->lost) append_gap(text, std::nullopt);
    co_return text;
  }
  const auto executor = co_await net::this_coro::executor;
  net::steady_timer timer(executor, following->waits ? kLookAgainAfter : kLetOthersIn);
  co_await timer.async_wait(net::use_awaitable);
  const auto piece = co_await parts_.tail.read(following->next);
  for (const auto& line : piece.lines) {
    if (audit::lets_through(following->filter, line->entry)) append_entry(text, *line);
  }
  if (piece.left_out > 0) append_gap(text, piece.left_out);
  following->waits = piece.next == following->next;
  following->next = piece.next;
  co_return text;
}

}  // namespace secureauth::admin
