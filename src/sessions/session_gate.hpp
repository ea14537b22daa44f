#pragma once

#include "http/cookies.hpp"
#include "http/router.hpp"
#include "http/site_policy.hpp"
#include "protection/rate_limit_gate.hpp"
#include "sessions/assurance_policy.hpp"
#include "sessions/csrf.hpp"
#include "sessions/pre_session.hpp"
#include "sessions/sessions.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace secureauth::sessions {

/// Stands before every route of the service and decides who gets in, in the contract's order: session (401), then
/// origin, CSRF and the proof that the route asks for (403), then the rates of session and account (429). A handler
/// behind `session_route` is given the session: there is no way to forget the check. A request counts as a use of its
/// session only when it was accepted.
class SessionGate {
 public:
  SessionGate(Sessions& sessions, const AssurancePolicy& policy, const CsrfTokens& csrf, const http::CookieJar& cookies,
              const http::SitePolicy& site, const protection::RateLimitGate& limits);

  /// For anybody; an unsafe method must come from this site, a front end, or no browser at all.
  [[nodiscard]] http::Route open_route(http::Method method, std::string pattern, http::Body body,
                                       http::Handler handler) const;

  using SessionHandler = std::function<net::awaitable<Result<http::Response>>(http::Request&, SessionRef)>;
  /// For the owner of a session; an unsafe method also needs this session's CSRF token. Without what `access` asks
  /// for the answer is AssurancePolicy::check's, before the body is looked at.
  [[nodiscard]] http::Route session_route(http::Method method, std::string pattern, http::Body body,
                                          SessionHandler handler, Access access = {}) const;

  using EdgeHandler = std::function<net::awaitable<Result<http::Response>>(http::Request&, SessionRef)>;
  /// For an edge that asks whether somebody else's request may pass: the session of that request, or null, is given to
  /// the handler, which decides and changes nothing, so that neither origin nor CSRF token matter whatever the method.
  /// An answer of 200 is a use of the session.
  [[nodiscard]] http::Route edge_route(http::Method method, std::string pattern, EdgeHandler handler) const;

  /// Who calls a route that ends a sign-in or, inside a session, does something like it: one of the two is set.
  struct Caller {
    SessionRef session;
    std::optional<PreSessionToken> browser;  ///< the body names a `challenge_id`: it must have been given to this one
  };
  using CallerHandler = std::function<net::awaitable<Result<http::Response>>(http::Request&, Caller)>;
  /// For a browser with a pending challenge, or for the owner of a session. Either needs its own CSRF token. A
  /// challenge without any browser's cookie fails with challenge_expired.
  [[nodiscard]] http::Route challenge_or_session_route(std::string pattern, CallerHandler handler,
                                                       Access access = {}) const;

  using BrowserHandler = std::function<net::awaitable<Result<http::Response>>(http::Request&, PreSessionToken)>;
  /// For a browser with a ceremony or sign-in that waits in it, and its CSRF token. Without any browser's cookie it
  /// fails with challenge_expired.
  [[nodiscard]] http::Route challenge_route(std::string pattern, BrowserHandler handler) const;

  using BeginHandler =
      std::function<net::awaitable<Result<http::Response>>(http::Request&, std::optional<PreSessionToken>)>;
  /// For anybody, like open_route; or, where the body names a `challenge_id`, for the browser that this waits in, like
  /// challenge_route.
  [[nodiscard]] http::Route open_or_challenge_route(std::string pattern, BeginHandler handler) const;

  /// The token that the request presents, if it is one in form. Fails with invalid_request when the cookie is doubled.
  [[nodiscard]] Result<std::optional<SessionToken>> presented_token(const http::Request& request) const;

  /// The request's session, or nothing when it has none that is valid. Fails with invalid_request.
  [[nodiscard]] net::awaitable<Result<SessionRef>> find_session(http::Request& request) const;

  /// The request's browser, if it has a cookie that is one in form. Fails with invalid_request when that is doubled.
  [[nodiscard]] Result<std::optional<PreSessionToken>> presented_browser(const http::Request& request) const;

  /// What the browser shows of whom it knows (KnownBrowsers), or empty. Fails with invalid_request when it is doubled.
  [[nodiscard]] Result<std::string> presented_device(const http::Request& request) const;

  /// Puts a new session's cookies into an answer: its token, and a CSRF token bound to it.
  void set_cookies(http::Response& response, const SessionToken& token) const;

  /// Makes the browser forget the session: its cookies, a sign-in that waits, and what it kept of the pages
  /// (ASVS 14.3.1). That it is known, or trusted, it remembers.
  void clear_cookies(http::Response& response) const;

  /// Puts the cookie of a browser in which something waits into an answer, for as long as that waits, and a CSRF token
  /// bound to it.
  void set_browser(http::Response& response, const PreSessionToken& browser, std::chrono::seconds life) const;
  /// Nothing waits in it any more.
  void forget_browser(http::Response& response) const;

  /// A fresh CSRF token for this binding, also put into the answer's cookie.
  std::string renew_csrf(http::Response& response, const crypto::Sha256& binding) const;

  [[nodiscard]] const http::CookieJar& cookies() const { return cookies_; }

 private:
  void count_use(const net::any_io_executor& executor, const SessionRef& session) const;
  [[nodiscard]] Result<SessionToken> needed_token(const http::Request& request) const;
  [[nodiscard]] Result<void> admit(const http::Request& request, const Session& session, const Access& access) const;
  [[nodiscard]] Result<PreSessionToken> admit_browser(const http::Request& request) const;
  [[nodiscard]] Result<void> check_origin(const http::Request& request) const;
  [[nodiscard]] Result<void> check_csrf(const http::Request& request, const crypto::Sha256& binding) const;

  Sessions& sessions_;
  const AssurancePolicy& policy_;
  const CsrfTokens& csrf_;
  const http::CookieJar& cookies_;
  const http::SitePolicy& site_;
  const protection::RateLimitGate& limits_;
};

}  // namespace secureauth::sessions
