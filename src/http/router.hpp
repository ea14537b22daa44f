#pragma once

#include "core/net.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::http {

/// A handler reads top to bottom: parse, decide, answer. The request outlives it; a refusal becomes problem+json.
using Handler = std::function<net::awaitable<Result<Response>>(Request&)>;

/// What a route reads of a request's body; without one, `optional_json` reads an empty object.
enum class Body { none, json, optional_json };

/// How much of a body a route reads, unless it says otherwise, and one that takes certificates.
inline constexpr std::size_t kUsualBody = std::size_t{16} * 1024;
inline constexpr std::size_t kLargeBody = std::size_t{64} * 1024;

/// One line of the route table. `pattern` is a path whose segments are literal or `{name}`; the last one of a route
/// that `takes_rest` stands for all that follows, slashes and nothing at all included.
struct Route {
  Method method{};
  std::string pattern;
  Body body = Body::none;
  Handler handler;
  std::string access = "open";         ///< what it asks of who calls, in words
  std::size_t most_body = kUsualBody;  ///< bytes
  std::string limit = "";              ///< the rate limit that its requests count against, before their bodies are read
  bool takes_rest = false;
  /// Asked by an edge, with the head of somebody else's request: it counts against no limit, what that head says of a
  /// body means nothing, a trusted proxy may name the host in X-Forwarded-Host, and OPTIONS is refused. All routes of
  /// a path are, or none.
  bool for_edges = false;
  std::size_t number = 0;  ///< its place in Router::names(); the router gives it
};

/// The route table. Built once at start; then read by all io threads.
class Router {
 public:
  /// `limit` is Route::limit.
  void add(Route route, std::string_view limit = {});

  struct Match {
    const Route* route = nullptr;  ///< set when path and method fit
    std::string_view allow;        ///< methods of the path, as an Allow header; empty: the path is unknown
    bool for_edges = false;        ///< Route::for_edges of the path's routes
  };

  /// Finds the route of `request` and fills its path parameters and `edge_pattern`. HEAD is answered by GET's route.
  [[nodiscard]] Match match(Request& request) const;

  /// Lets the composition root settle what the parts of the table could not know. Before any request.
  void each(const std::function<void(Route&)>& settle);

  struct Name {
    std::string method;
    std::string pattern;
  };
  /// Every route by its number.
  [[nodiscard]] const std::vector<Name>& names() const { return names_; }

  struct Line {
    std::string method;
    std::string pattern;
    std::string access;
    std::string limit;
  };
  /// Every route, by path.
  [[nodiscard]] std::vector<Line> list() const;

 private:
  struct Path {
    std::vector<std::string> segments;
    std::vector<Route> routes;
    std::string allow;
    bool takes_rest = false;
    bool for_edges = false;
  };
  static bool fits(const Path& path, Request& request);
  static Match found(const Path& path, Request& request);

  std::map<std::string, Path, std::less<>> literal_;
  std::vector<Path> parametric_;
  std::vector<Name> names_;
};

}  // namespace secureauth::http
