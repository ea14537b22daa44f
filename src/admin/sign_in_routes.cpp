#include "admin/sign_in_routes.hpp"

#include "admin/permissions.hpp"
#include "http/query.hpp"

#include <stdexcept>
#include <utility>

namespace secureauth::admin {
namespace {

using http::Body;
using http::Method;
using sessions::SessionRef;

constexpr std::string_view kLockouts = "admin/lockouts";

std::optional<Timestamp> time_of(const http::Query& query, const std::string& name, std::vector<FieldError>& errors) {
  const auto text = query.text(name);
  if (!text) return std::nullopt;
  try {
    return from_rfc3339(*text);
  } catch (const std::invalid_argument&) {
    errors.push_back({name, "invalid_format", "This is not a time such as 2026-01-31T12:00:00Z."});
    return std::nullopt;
  }
}

Result<SignInStatistics::Window> window_of(const http::Query& query) {
  std::vector<FieldError> errors;
  SignInStatistics::Window window{.from = time_of(query, "from", errors), .to = time_of(query, "to", errors)};
  const auto step = SignInStatistics::step_from(query.text("step").value_or("hour"));
  if (!step) errors.push_back({"step", "invalid_format", "The step is hour or day."});
  if (!errors.empty()) return Error(std::move(errors));
  window.step = *step;
  return window;
}

std::string written(const sign_in_event_store::Position& position) {
  return position.at + '_' + position.id;
}

sign_in_event_store::Position read(std::string_view position) {
  const auto between = position.find('_');  // it was signed
  return {std::string(position.substr(0, between)), std::string(position.substr(between + 1))};
}

boost::json::value text_in(const boost::json::object& details, std::string_view name) {
  const auto* member = details.if_contains(name);
  return member && member->is_string() ? *member : boost::json::value(nullptr);
}

boost::json::object shown(const Lockouts::Lockout& lockout) {
  const auto& entry = lockout.lock.entry;
  const auto& details = lockout.details;
  boost::json::value user;
  if (lockout.lock.email) user = {{"id", *entry.subject}, {"email", *lockout.lock.email}};
  boost::json::value until;
  if (lockout.locked_until) until = to_rfc3339(*lockout.locked_until);
  const auto* count = details.if_contains("in_a_row");
  const auto* known = details.if_contains("known_browser");
  return {{"id", entry.id},
          {"at", entry.at},
          {"user", std::move(user)},
          {"subject_id", entry.subject ? boost::json::value(*entry.subject) : boost::json::value(nullptr)},
          {"address", text_in(details, "address")},
          {"method", text_in(details, "method")},
          {"failed_in_a_row", count && count->is_int64() ? *count : boost::json::value(nullptr)},
          {"known_browser", known && known->is_bool() ? *known : boost::json::value(nullptr)},
          {"ip", entry.ip},
          {"locked", lockout.locked},
          {"locked_until", std::move(until)}};
}

boost::json::object shown(const SignInStatistics::Point& point) {
  return {{"at", to_rfc3339(point.at)},
          {"succeeded", point.counts.succeeded},
          {"failed", point.counts.failed},
          {"challenged", point.counts.challenged},
          {"locked", point.counts.locked}};
}

}  // namespace

void SignInRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(
      Method::get, "/admin/statistics/sign-ins", Body::none,
      [this](http::Request& request, const SessionRef&) { return count(request); },
      access_for(Permission::read_statistics)));
  router.add(gate_.session_route(
      Method::get, "/admin/lockouts", Body::none,
      [this](http::Request& request, SessionRef session) { return list(request, std::move(session)); },
      access_for(Permission::read_users)));
}

SignInRoutes::Answer SignInRoutes::count(http::Request& request) {
  const auto query = http::Query::parse(request);
  if (!query) co_return query.error();
  const auto window = window_of(*query);
  if (!window) co_return window.error();
  const auto points = co_await statistics_(*window);
  if (!points) co_return points.error();
  boost::json::array shown_points;
  for (const auto& point : *points) shown_points.push_back(shown(point));
  co_return http::json(
      {{"step", window->step == SignInStatistics::Step::hour ? "hour" : "day"}, {"points", std::move(shown_points)}});
}

SignInRoutes::Answer SignInRoutes::list(http::Request& request, SessionRef session) {
  const auto query = http::Query::parse(request);
  if (!query) co_return query.error();
  const auto limit = query->limit();
  if (!limit) co_return limit.error();
  const auto& owner = session->user.id;
  std::optional<sign_in_event_store::Position> after;
  if (const auto cursor = query->text("cursor")) {
    const auto position = cursors_.read(kLockouts, owner.text(), *cursor);
    if (!position) co_return Error(ErrorCode::invalid_request, "The cursor is not one of this list.");
    after = read(*position);
  }
  Operator by{.actor = owner, .session = session->id, .client = request.client};
  const auto page = co_await lockouts_.list(std::move(after), *limit, std::move(by));
  boost::json::array lockouts;
  for (const auto& lockout : page.lockouts) lockouts.push_back(shown(lockout));
  boost::json::value next;
  if (page.next) next = cursors_.issue(kLockouts, owner.text(), written(*page.next));
  const boost::json::object body{{"lockouts", std::move(lockouts)}, {"next_cursor", std::move(next)}};
  co_return http::json(body);
}

}  // namespace secureauth::admin
