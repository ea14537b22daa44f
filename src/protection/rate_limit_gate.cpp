#include "protection/rate_limit_gate.hpp"

#include "telemetry/metrics.hpp"

namespace secureauth::protection {
namespace {

/// Tells every policy, and of the limits where the client stands nearest to the end. Both fields are Lists of Items
/// (RFC 9651). Source: draft-ietf-httpapi-ratelimit-headers-10 §3, §4.
void tell(http::RateTold& told, const RateLimits::Standing& standing) {
  if (standing.policy.empty()) return;
  if (told.policy.empty() || standing.left < told.left) {
    told.left = standing.left;
    told.standing = '"' + std::string(standing.name) + "\";r=" + std::to_string(standing.left) +
                    ";t=" + std::to_string(standing.until_whole.count());
  }
  if (!told.policy.empty()) told.policy += ", ";
  told.policy += standing.policy;
}

}  // namespace

void RateLimitGate::label(http::Router& router) const {
  router.each([this](http::Route& route) {
    if (route.for_edges) return;
    route.limit = limits_.limit_of(http::is_safe(route.method), route.pattern, route.limit);
  });
}

net::awaitable<std::optional<Error>> RateLimitGate::admit(const http::Route& route, http::Request& request) const {
  auto& told = request.rate.emplace();
  told.limit = route.limit;
  auto counted = co_await limits_.count_address(route.limit, request.client.ip);
  tell(told, counted.standing);
  if (counted.refusal) telemetry::metrics().rate_limited.add(route.limit);
  co_return std::move(counted.refusal);
}

net::awaitable<std::optional<Error>> RateLimitGate::admit(http::Request& request, UserId user,
                                                          SessionId session) const {
  auto counted = co_await limits_.count_session(request.rate->limit, std::move(user), std::move(session));
  tell(*request.rate, counted.standing);
  if (counted.refusal) telemetry::metrics().rate_limited.add(request.rate->limit);
  co_return std::move(counted.refusal);
}

}  // namespace secureauth::protection
