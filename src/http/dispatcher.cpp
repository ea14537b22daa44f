#include "http/dispatcher.hpp"

#include "core/ascii.hpp"
#include "core/json.hpp"
#include "http/problem.hpp"
#include "http/trace_context.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <exception>
#include <memory>
#include <optional>

namespace secureauth::http {
namespace {

using telemetry::Level;

/// `application/json`, with no parameter but charset=utf-8.
bool is_json(std::string_view content_type) {
  const auto semicolon = content_type.find(';');
  if (!ascii::equal_ignoring_case(ascii::trimmed(content_type.substr(0, semicolon)), "application/json")) return false;
  if (semicolon == std::string_view::npos) return true;
  const auto parameter = ascii::trimmed(content_type.substr(semicolon + 1));
  return ascii::equal_ignoring_case(parameter, "charset=utf-8") ||
         ascii::equal_ignoring_case(parameter, "charset=\"utf-8\"");
}

/// Probes address the pod or the machine, not the site, and learn nothing there that a rebinding page could use.
bool is_probe(const Request& request) {
  return request.path.starts_with("/health");
}

/// The host that a request is for. An edge may ask at an address of its own (Traefik does) about a request for this
/// one.
std::string_view authority_of(const Request& request, bool for_edges) {
  if (for_edges && request.from_trusted_proxy) {
    if (request.header("x-forwarded-host")) return request.only_header("x-forwarded-host").value_or("");
  }
  return request.header("host").value_or("");
}

void log_fault(const Request& request, const std::string& cause) {
  const auto trace = trace_of(request);
  telemetry::log(Level::error, "request failed",
                 {{"request_id", request.client.request_id},
                  {"trace_id", trace.trace_id},
                  {"span_id", trace.span_id},
                  {"path", request.path_for_logs()},
                  {"cause", cause}});
}

std::optional<Error> read_body(const Route& route, Request& request, std::string_view body) {
  if (route.body == Body::none) return std::nullopt;
  const bool left_out = route.body == Body::optional_json && body.empty();
  auto parsed = parse_json(left_out ? "{}" : body);
  if (!parsed) return parsed.error();
  // Built anew in place: assigning to the value that is there would copy it out of its wiping memory.
  std::destroy_at(&request.json);
  std::construct_at(&request.json, *std::move(parsed));
  return std::nullopt;
}

}  // namespace

Dispatcher::Dispatcher(Router router, SitePolicy site, Count count, OnRefusal on_refusal)
    : router_(std::move(router)),
      site_(std::move(site)),
      count_(std::move(count)),
      on_refusal_(std::move(on_refusal)) {}

Result<const Route*> Dispatcher::admit(Request& request, BodyFacts body) const {
  const auto match = router_.match(request);
  if (!is_probe(request) && !site_.host_is_ours(authority_of(request, match.for_edges))) {
    return Error(ErrorCode::invalid_request, "The Host header does not name this service.");
  }
  if (match.allow.empty()) return ErrorCode::not_found;
  if (match.route == nullptr) return ErrorCode::method_not_allowed;
  if (request.header("content-encoding") && (body.present || !match.for_edges))
    return ErrorCode::unsupported_media_type;
  const bool json_expected = match.route->body == Body::json || body.present;
  if (json_expected && !is_json(request.header("content-type").value_or(""))) return ErrorCode::unsupported_media_type;
  if (body.declared > match.route->most_body) return ErrorCode::payload_too_large;
  return match.route;
}

net::awaitable<std::optional<Error>> Dispatcher::count(const Route& route, Request& request) const {
  std::string cause;
  try {
    auto refusal = co_await count_(route, request);
    co_return refusal;
  } catch (const std::exception& error) {
    cause = error.what();
  }
  log_fault(request, cause);
  co_return Error(ErrorCode::unavailable);
}

net::awaitable<Response> Dispatcher::answer(const Route& route, Request& request, std::string_view body) const {
  Error fault = ErrorCode::internal;
  std::string cause;
  try {
    if (auto bad = read_body(route, request, body)) co_return refuse(route, request, *bad);
    auto result = co_await route.handler(request);
    if (!result) co_return refuse(route, request, result.error());
    add_common(request, *result);
    co_return std::move(*result);
  } catch (const Unavailable& error) {
    fault = ErrorCode::unavailable;
    cause = error.what();
  } catch (const std::exception& error) {
    cause = error.what();
  }
  log_fault(request, cause);
  co_return refuse(request, fault);
}

Response Dispatcher::refuse(Request& request, const Error& error) const {
  telemetry::metrics().refusals.add(problem_kind(error.code).code);
  auto response = problem(error, request.client.request_id);
  const auto match = router_.match(request);  // also where the head was refused: it settles what logs say of the path
  if (error.code == ErrorCode::method_not_allowed) response.with("Allow", std::string(match.allow));
  add_common(request, response);
  return response;
}

Response Dispatcher::refuse(const Route& route, Request& request, const Error& error) const {
  if (on_refusal_) on_refusal_({route, request, error});
  return refuse(request, error);
}

void Dispatcher::add_common(const Request& request, Response& response) const {
  site_.add_cors(request, response);
  if (!request.rate || request.rate->policy.empty()) return;
  response.with("RateLimit-Policy", request.rate->policy);
  response.with("RateLimit", request.rate->standing);
}

Response Dispatcher::options(Request& request) const {
  const auto match = router_.match(request);
  // An edge takes any 2xx for a yes, and may keep the method of the request that it asks about (ASVS 8.2.1).
  if (match.for_edges) return refuse(request, ErrorCode::method_not_allowed);
  auto response = site_.options(match.allow);
  site_.add_cors(request, response);
  return response;
}

}  // namespace secureauth::http
