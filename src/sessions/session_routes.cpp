#include "sessions/session_routes.hpp"

#include "crypto/uuid.hpp"
#include "http/query.hpp"

namespace secureauth::sessions {
namespace {

using http::Body;
using http::CookieJar;
using http::Method;

constexpr std::string_view kList = "sessions";

boost::json::object shown(const ListedSession& listed, const SessionId& current) {
  return {{"id", listed.id.text()},
          {"created_at", to_rfc3339(listed.created_at)},
          {"last_used_at", to_rfc3339(listed.last_used_at)},
          {"ip", listed.ip},
          {"user_agent", listed.user_agent},
          {"current", listed.id == current}};
}

}  // namespace

void SessionRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(Method::get, "/auth/me", Body::none,
                                 [this](http::Request&, SessionRef session) { return me(std::move(session)); },
                                 {.while_enrolling = true}));
  router.add(gate_.open_route(Method::get, "/auth/csrf", Body::none,
                              [this](http::Request& request) { return csrf(request); }));
  router.add(gate_.session_route(
      Method::get, "/auth/sessions", Body::none,
      [this](http::Request& request, SessionRef session) { return list(request, std::move(session)); }));
  router.add(gate_.session_route(
      Method::del, "/auth/sessions/{id}", Body::none,
      [this](http::Request& request, SessionRef session) { return end_one(request, std::move(session)); }));
  router.add(gate_.session_route(
      Method::post, "/auth/sessions/revoke-others", Body::none,
      [this](http::Request& request, SessionRef session) { return end_others(request, std::move(session)); },
      {.proof = Proof::recent}));
  router.add(gate_.session_route(
      Method::post, "/auth/logout", Body::none,
      [this](http::Request& request, SessionRef session) { return logout(request, std::move(session)); },
      {.while_enrolling = true}));
}

SessionRoutes::Answer SessionRoutes::me(SessionRef session) {
  http::Response response;
  response.body = session->profile;
  co_return response;
}

SessionRoutes::Answer SessionRoutes::csrf(http::Request& request) {
  const auto query = http::Query::parse(request);
  if (!query) co_return query.error();
  // Somebody who is signed in may sign in again; a page of another origin cannot see the cookie of that challenge.
  const bool of_challenge = query->text("for") == "challenge";
  auto session = co_await gate_.find_session(request);
  if (!session) co_return session.error();
  http::Response response;
  std::string token;
  if (*session && !of_challenge) {
    token = gate_.renew_csrf(response, (*session)->token_hash);
  } else {
    // The token is bound to a cookie of its own, which never becomes a session.
    const auto& name = gate_.cookies().names().pre_session;
    const auto known = gate_.presented_browser(request);
    if (!known) co_return known.error();
    const auto pre_session = *known ? **known : PreSessionToken::generate(random_);
    response.with("Set-Cookie", gate_.cookies().set(name, pre_session.text(), CookieJar::Readable::by_server_only));
    token = gate_.renew_csrf(response, pre_session.hash());
  }
  response.body = boost::json::serialize(boost::json::object{{"csrf_token", token}});
  co_return response;
}

SessionRoutes::Answer SessionRoutes::list(http::Request& request, SessionRef session) {
  const auto query = http::Query::parse(request);
  if (!query) co_return query.error();
  const auto limit = query->limit();
  if (!limit) co_return limit.error();
  const auto& owner = session->user.id;
  std::optional<SessionId> after;
  if (const auto cursor = query->text("cursor")) {
    const auto position = cursors_.read(kList, owner.text(), *cursor);
    if (!position) co_return Error(ErrorCode::invalid_request, "The cursor is not one of this list.");
    after = SessionId(*position);
  }

  const auto page = co_await sessions_.list(owner, std::move(after), *limit);
  boost::json::array items;
  for (const auto& one : page.sessions) items.push_back(shown(one, session->id));
  boost::json::value next;
  if (page.next) next = cursors_.issue(kList, owner.text(), page.next->text());
  const boost::json::object body{{"sessions", std::move(items)}, {"next_cursor", std::move(next)}};
  co_return http::json(body);
}

SessionRoutes::Answer SessionRoutes::end_one(http::Request& request, SessionRef session) {
  const auto named = request.path_parameter("id");
  if (!crypto::is_uuid(named))
    co_return ErrorCode::not_found;  // no session has such an id, and no uuid column takes it
  const SessionId id{std::string(named)};
  auto ended = co_await sessions_.end_by_id(session, id, request.client);
  if (!ended) co_return ended.error();
  co_return http::ok();
}

SessionRoutes::Answer SessionRoutes::end_others(http::Request& request, SessionRef session) {
  co_await sessions_.end_others(session, request.client);
  co_return http::ok();
}

SessionRoutes::Answer SessionRoutes::logout(http::Request& request, SessionRef session) {
  co_await sessions_.end(session, request.client);
  auto response = http::ok();
  gate_.clear_cookies(response);
  co_return response;
}

}  // namespace secureauth::sessions
