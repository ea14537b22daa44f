#include "http/site_policy.hpp"

#include "core/ascii.hpp"

#include <algorithm>

namespace secureauth::http {
namespace {

/// `host[:port]` without the port; an IPv6 literal keeps its brackets. What follows the colon of a malformed one stays,
/// so that it names no host of ours.
std::string_view host_name(std::string_view authority) {
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) return authority;
  const auto port = authority.substr(colon + 1);
  const bool digits = std::ranges::all_of(port, ascii::is_digit);
  return digits && port.size() <= 5 ? authority.substr(0, colon) : authority;
}

}  // namespace

SitePolicy::SitePolicy(Options options) : options_(std::move(options)) {}

bool SitePolicy::host_is_ours(std::string_view authority) const {
  if (options_.any_host) return true;
  const auto host = host_name(authority);
  return std::ranges::any_of(options_.hosts,
                             [host](const auto& ours) { return ascii::equal_ignoring_case(ours, host); });
}

bool SitePolicy::origin_is_allowed(const Request& request) const {
  if (const auto origin = request.header("origin")) {
    return *origin == options_.own_origin || front_end(request) != nullptr;
  }
  const auto site = request.header("sec-fetch-site");
  return !site || *site == "same-origin" || *site == "none";
}

const std::string* SitePolicy::front_end(const Request& request) const {
  const auto origin = request.header("origin");
  if (!origin) return nullptr;
  const auto found = std::ranges::find(options_.frontend_origins, *origin);
  return found == options_.frontend_origins.end() ? nullptr : &*found;
}

void SitePolicy::add_cors(const Request& request, Response& response) const {
  if (options_.frontend_origins.empty()) return;
  response.with("Vary", "Origin");
  const auto* origin = front_end(request);
  if (origin == nullptr) return;
  response.with("Access-Control-Allow-Origin", *origin);
  response.with("Access-Control-Allow-Credentials", "true");
  response.with("Access-Control-Expose-Headers", "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy");
  if (request.method == Method::options && request.header("access-control-request-method")) {
    const auto allow = std::ranges::find(response.headers, "Allow", &std::pair<std::string_view, std::string>::first);
    response.with("Access-Control-Allow-Methods", allow == response.headers.end() ? "" : std::string(allow->second));
    response.with("Access-Control-Allow-Headers", "content-type, x-csrf-token");
    response.with("Access-Control-Max-Age", "600");
  }
}

Response SitePolicy::options(std::string_view allow) const {
  Response response;
  response.status = 204;
  response.content = Content::none;
  response.with("Allow", std::string(allow));
  return response;
}

}  // namespace secureauth::http
