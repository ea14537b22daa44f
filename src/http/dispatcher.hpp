#pragma once

#include "http/router.hpp"
#include "http/site_policy.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace secureauth::http {

/// From a parsed request to an answer, knowing nothing of bytes: host, route, media type, JSON, handler, problem+json.
/// Refusals come in the order of the contract: 404/405, 415/413, 400, then what the handler finds. Thread-safe.
class Dispatcher {
 public:
  /// Counts a request of a route that has a limit; a refusal is its answer. Called from any io thread.
  using Count = std::function<net::awaitable<std::optional<Error>>(const Route&, Request&)>;
  struct Refusal {
    const Route& route;
    const Request& request;
    const Error& error;
  };
  /// Hears of each refusal by a route, before that is answered. Called from any io thread; must not throw or block.
  using OnRefusal = std::function<void(const Refusal&)>;
  Dispatcher(Router router, SitePolicy site, Count count, OnRefusal on_refusal = nullptr);

  struct BodyFacts {
    bool present = false;
    std::uint64_t declared = 0;  ///< bytes; 0 where the head does not say
  };

  /// What the head alone decides, before a byte of the body is read: the route, or the refusal.
  [[nodiscard]] Result<const Route*> admit(Request& request, BodyFacts body) const;

  /// Counts the request against the route's limit, before a byte of the body is read. A fault refuses, too.
  [[nodiscard]] net::awaitable<std::optional<Error>> count(const Route& route, Request& request) const;

  /// Runs the route. Faults end here: Unavailable as 503, any other exception as 500, the cause logged and not shown.
  [[nodiscard]] net::awaitable<Response> answer(const Route& route, Request& request, std::string_view body) const;

  /// The answer to a refusal that came before a route was found.
  [[nodiscard]] Response refuse(Request& request, const Error& error) const;
  /// The answer to a refusal by a route.
  [[nodiscard]] Response refuse(const Route& route, Request& request, const Error& error) const;

  [[nodiscard]] const std::vector<Router::Name>& routes() const { return router_.names(); }

  /// The answer to OPTIONS on a known path: its methods, or a refusal where it is for edges.
  [[nodiscard]] Response options(Request& request) const;

 private:
  void add_common(const Request& request, Response& response) const;

  Router router_;
  SitePolicy site_;
  Count count_;
  OnRefusal on_refusal_;
};

}  // namespace secureauth::http
