#include "sessions/session_gate.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

namespace secureauth::sessions {

using http::CookieJar;

namespace {

/// A refusal is to be known by whose session it was.
void note_caller(http::Request& request, const Session& session) {
  request.caller = {session.user.id, session.id};
}

bool names_challenge(const http::Request& request) {
  const auto* body = request.json.if_object();
  return body != nullptr && body->contains("challenge_id");
}

}  // namespace

SessionGate::SessionGate(Sessions& sessions, const AssurancePolicy& policy, const CsrfTokens& csrf,
                         const CookieJar& cookies, const http::SitePolicy& site,
                         const protection::RateLimitGate& limits)
    : sessions_(sessions), policy_(policy), csrf_(csrf), cookies_(cookies), site_(site), limits_(limits) {}

http::Route SessionGate::open_route(http::Method method, std::string pattern, http::Body body,
                                    http::Handler handler) const {
  auto guarded = [this,
                  handler = std::move(handler)](http::Request& request) -> net::awaitable<Result<http::Response>> {
    if (auto origin = check_origin(request); !origin) co_return origin.error();
    auto response = co_await handler(request);
    co_return response;
  };
  return {method, std::move(pattern), body, std::move(guarded)};
}

http::Route SessionGate::session_route(http::Method method, std::string pattern, http::Body body,
                                       SessionHandler handler, Access access) const {
  auto guarded = [this, access,
                  handler = std::move(handler)](http::Request& request) -> net::awaitable<Result<http::Response>> {
    const auto token = needed_token(request);
    if (!token) co_return token.error();
    auto session = sessions_.check_cached(*token);
    if (!session) {
      auto checked = co_await sessions_.check(*token);
      if (!checked) co_return checked.error();
      session = *std::move(checked);
    }
    if (auto admitted = admit(request, *session, access); !admitted) {
      note_caller(request, *session);
      co_return admitted.error();
    }
    if (protection::RateLimitGate::counts(request)) {
      auto refusal = co_await limits_.admit(request, session->user.id, session->id);
      if (refusal) {
        note_caller(request, *session);
        co_return *std::move(refusal);
      }
    }
    auto response = co_await handler(request, session);
    if (!response) {
      note_caller(request, *session);
    } else if (access.is_use) {
      count_use(co_await net::this_coro::executor, session);
    }
    co_return response;
  };
  return {method, std::move(pattern), body, std::move(guarded), "session " + access.text()};
}

http::Route SessionGate::edge_route(http::Method method, std::string pattern, EdgeHandler handler) const {
  auto guarded = [this,
                  handler = std::move(handler)](http::Request& request) -> net::awaitable<Result<http::Response>> {
    const auto found = co_await find_session(request);
    if (!found) co_return found.error();
    const auto& session = *found;
    auto response = co_await handler(request, session);
    if (session && !response) note_caller(request, *session);
    if (session && response && response->status == 200) count_use(co_await net::this_coro::executor, session);
    co_return response;
  };
  http::Route route{method, std::move(pattern), http::Body::none, std::move(guarded), "edge"};
  route.for_edges = true;
  return route;
}

http::Route SessionGate::challenge_or_session_route(std::string pattern, CallerHandler handler, Access access) const {
  auto guarded = [this, access,
                  handler = std::move(handler)](http::Request& request) -> net::awaitable<Result<http::Response>> {
    Caller caller;
    if (names_challenge(request)) {
      const auto browser = admit_browser(request);
      if (!browser) co_return browser.error();
      caller.browser = *browser;
    } else {
      const auto token = needed_token(request);
      if (!token) co_return token.error();
      const auto session = co_await sessions_.check(*token);
      if (!session) co_return session.error();
      if (auto admitted = admit(request, **session, access); !admitted) {
        note_caller(request, **session);
        co_return admitted.error();
      }
      if (protection::RateLimitGate::counts(request)) {
        auto refusal = co_await limits_.admit(request, (*session)->user.id, (*session)->id);
        if (refusal) {
          note_caller(request, **session);
          co_return *std::move(refusal);
        }
      }
      caller.session = *session;
    }
    const auto session = caller.session;
    auto response = co_await handler(request, std::move(caller));
    if (!response && session) note_caller(request, *session);
    co_return response;
  };
  return {http::Method::post, std::move(pattern), http::Body::json, std::move(guarded),
          "challenge or session " + access.text()};
}

http::Route SessionGate::challenge_route(std::string pattern, BrowserHandler handler) const {
  auto guarded = [this,
                  handler = std::move(handler)](http::Request& request) -> net::awaitable<Result<http::Response>> {
    const auto browser = admit_browser(request);
    if (!browser) co_return browser.error();
    auto response = co_await handler(request, *browser);
    co_return response;
  };
  return {http::Method::post, std::move(pattern), http::Body::json, std::move(guarded), "challenge"};
}

http::Route SessionGate::open_or_challenge_route(std::string pattern, BeginHandler handler) const {
  auto guarded = [this,
                  handler = std::move(handler)](http::Request& request) -> net::awaitable<Result<http::Response>> {
    std::optional<PreSessionToken> waiting;
    if (names_challenge(request)) {
      const auto browser = admit_browser(request);
      if (!browser) co_return browser.error();
      waiting = *browser;
    } else if (auto origin = check_origin(request); !origin) {
      co_return origin.error();
    }
    auto response = co_await handler(request, waiting);
    co_return response;
  };
  return {http::Method::post, std::move(pattern), http::Body::json, std::move(guarded), "open or challenge"};
}

void SessionGate::count_use(const net::any_io_executor& executor, const SessionRef& session) const {
  if (!sessions_.touch(session)) return;
  // Beside the answer, not before it: a record store that is slow or gone must not slow the fast path.
  net::co_spawn(executor, sessions_.write_use(session), net::detached);
}

Result<SessionToken> SessionGate::needed_token(const http::Request& request) const {
  const auto token = presented_token(request);
  if (!token) return token.error();
  if (!*token) return ErrorCode::unauthenticated;
  return **token;
}

Result<void> SessionGate::admit(const http::Request& request, const Session& session, const Access& access) const {
  if (auto origin = check_origin(request); !origin) return origin.error();
  if (auto csrf = check_csrf(request, session.token_hash); !csrf) return csrf.error();
  return policy_.check(session, access);
}

Result<PreSessionToken> SessionGate::admit_browser(const http::Request& request) const {
  if (auto origin = check_origin(request); !origin) return origin.error();
  const auto browser = presented_browser(request);
  if (!browser) return browser.error();
  if (!*browser) return ErrorCode::challenge_expired;
  if (auto csrf = check_csrf(request, (*browser)->hash()); !csrf) return csrf.error();
  return **browser;
}

Result<std::optional<SessionToken>> SessionGate::presented_token(const http::Request& request) const {
  const auto cookie = request.cookie(cookies_.names().session);
  if (!cookie) return cookie.error();
  if (!*cookie) return std::optional<SessionToken>();
  return SessionToken::parse(**cookie);
}

Result<std::string> SessionGate::presented_device(const http::Request& request) const {
  const auto cookie = request.cookie(cookies_.names().device);
  if (!cookie) return cookie.error();
  return std::string(cookie->value_or(""));
}

Result<std::optional<PreSessionToken>> SessionGate::presented_browser(const http::Request& request) const {
  const auto cookie = request.cookie(cookies_.names().pre_session);
  if (!cookie) return cookie.error();
  if (!*cookie) return std::optional<PreSessionToken>();
  return PreSessionToken::parse(**cookie);
}

net::awaitable<Result<SessionRef>> SessionGate::find_session(http::Request& request) const {
  const auto token = presented_token(request);
  if (!token) co_return token.error();
  if (!*token) co_return SessionRef();
  if (auto cached = sessions_.check_cached(**token)) co_return cached;
  auto session = co_await sessions_.check(**token);
  if (!session) co_return SessionRef();
  co_return session;
}

void SessionGate::set_cookies(http::Response& response, const SessionToken& token) const {
  response.with("Set-Cookie",
                cookies_.set(cookies_.names().session, token.text(), CookieJar::Readable::by_server_only));
  renew_csrf(response, token.hash());
}

void SessionGate::clear_cookies(http::Response& response) const {
  response.with("Set-Cookie", cookies_.expire(cookies_.names().session, CookieJar::Readable::by_server_only));
  response.with("Set-Cookie", cookies_.expire(cookies_.names().csrf, CookieJar::Readable::by_page));
  forget_browser(response);
  // Not "cookies": that is of the whole registrable domain, and of what this browser is to keep (ADR 25).
  response.with("Clear-Site-Data", R"("cache", "storage")");
}

void SessionGate::set_browser(http::Response& response, const PreSessionToken& browser,
                              std::chrono::seconds life) const {
  response.with("Set-Cookie", cookies_.keep(cookies_.names().pre_session, browser.text(), life));
  renew_csrf(response, browser.hash());
}

void SessionGate::forget_browser(http::Response& response) const {
  response.with("Set-Cookie", cookies_.expire(cookies_.names().pre_session, CookieJar::Readable::by_server_only));
}

std::string SessionGate::renew_csrf(http::Response& response, const crypto::Sha256& binding) const {
  auto token = csrf_.issue(binding);
  response.with("Set-Cookie", cookies_.set(cookies_.names().csrf, token, CookieJar::Readable::by_page));
  return token;
}

Result<void> SessionGate::check_origin(const http::Request& request) const {
  if (http::is_safe(request.method) || site_.origin_is_allowed(request)) return {};
  return ErrorCode::origin_not_allowed;
}

Result<void> SessionGate::check_csrf(const http::Request& request, const crypto::Sha256& binding) const {
  if (http::is_safe(request.method)) return {};
  const auto cookie = request.cookie(cookies_.names().csrf);
  if (!cookie) return cookie.error();
  const auto header = request.header("x-csrf-token");
  if (!*cookie || !header || !csrf_.accept(*header, **cookie, binding)) return ErrorCode::csrf_failed;
  return {};
}

}  // namespace secureauth::sessions
