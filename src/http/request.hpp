#pragma once

#include "core/client_info.hpp"
#include "core/error.hpp"
#include "core/id.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::http {

enum class Method { get, head, post, put, patch, del, options, other };

[[nodiscard]] constexpr bool is_safe(Method method) {  // RFC 9110 §9.2.1
  return method == Method::get || method == Method::head || method == Method::options;
}

/// What the answer tells of the rate limits that its request counted against.
struct RateTold {
  std::string_view limit;  ///< Route::limit
  std::string policy;      ///< the RateLimit-Policy field; empty: none
  std::string standing;    ///< the RateLimit field
  std::int64_t left = 0;   ///< as it says
};

/// Whose session a request came with.
struct Caller {
  UserId user;
  SessionId session;
};

/// One request. Its views point into the connection's buffer and live as long as its handler runs.
struct Request {
  Method method = Method::other;
  std::string_view method_name;
  std::string_view path;   ///< as sent, undecoded, without query; always begins with '/'
  std::string_view query;  ///< as sent, without '?'
  /// Set by the router where an edge asks: the path may then hold another site's, which is not for our logs.
  std::string_view edge_pattern;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::vector<std::pair<std::string_view, std::string_view>> path_parameters;
  boost::json::value json;  ///< the body of a route that takes one; its memory is wiped when freed
  ClientInfo client;
  bool from_trusted_proxy = false;  ///< whoever sent it is one of TRUSTED_PROXIES
  std::optional<RateTold> rate;     ///< nothing: it counts against no limit
  std::optional<Caller> caller;     ///< noted only where the request is refused

  /// Empties it for the next request and keeps its memory.
  void reset();

  /// What logs say of the path.
  [[nodiscard]] std::string_view path_for_logs() const { return edge_pattern.empty() ? path : edge_pattern; }

  /// The value of a header, compared without case; nothing when absent. Singletons were checked to be single.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;

  /// The same of a field that must not be listed twice: nothing where it was.
  [[nodiscard]] std::optional<std::string_view> only_header(std::string_view name) const;

  /// What the router matched for `{name}`; it is in the pattern, so a miss is a bug.
  [[nodiscard]] std::string_view path_parameter(std::string_view name) const;

  /// The cookie of that name. Fails with invalid_request when it was sent more than once (ASVS 15.3.7): taking
  /// either would let a cookie tossed by a sibling host decide.
  [[nodiscard]] Result<std::optional<std::string_view>> cookie(std::string_view name) const;
};

}  // namespace secureauth::http
