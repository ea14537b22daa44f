#pragma once

#include "http/router.hpp"
#include "protection/rate_limits.hpp"

#include <optional>

namespace secureauth::protection {

/// The rate limits' face to HTTP: labels routes at start, then counts requests and has their answers tell where the
/// client stands. Thread-safe.
class RateLimitGate {
 public:
  explicit RateLimitGate(RateLimits& limits) : limits_(limits) {}

  /// Settles what each route of the table counts against.
  void label(http::Router& router) const;

  /// Before the body of a request is read, for a route that is labelled. Fails with rate_limited.
  [[nodiscard]] net::awaitable<std::optional<Error>> admit(const http::Route& route, http::Request& request) const;

  /// After admit(), when it is known who is signed in. A request that was not counted there is not counted here: for it
  /// this costs a comparison.
  [[nodiscard]] static bool counts(const http::Request& request) { return request.rate.has_value(); }
  [[nodiscard]] net::awaitable<std::optional<Error>> admit(http::Request& request, UserId user,
                                                           SessionId session) const;

 private:
  RateLimits& limits_;
};

}  // namespace secureauth::protection
