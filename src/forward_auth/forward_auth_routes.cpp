#include "forward_auth/forward_auth_routes.hpp"

#include "forward_auth/destination.hpp"
#include "http/problem.hpp"
#include "http/query.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace secureauth::forward_auth {
namespace {

using http::Method;
using sessions::SessionRef;

constexpr const char* kAppended = "/auth/verify/{requirement}/{path}";

/// What stands for "nothing in particular" where a path cannot leave it out.
constexpr std::string_view kAny = "any";

bool is_appended(const http::Request& request) {
  return !request.path_parameters.empty();
}

/// The request's own query stays what it is where its path is appended: what is asked stands in the path alone.
Result<Requirement> requirement_in(const http::Request& request) {
  auto text = is_appended(request) ? request.path_parameter("requirement") : request.query;
  if (is_appended(request) && text == kAny) text = {};
  const auto query = http::Query::parse(text);
  if (!query) return query.error();
  return Requirement::read(query->all());
}

std::string_view told_in(const http::Request& request, std::string_view name) {
  return request.only_header(name).value_or("");
}

/// The method of the request that the edge asks about; empty where it does not say.
std::string_view method_told(const http::Request& request) {
  if (is_appended(request)) return request.method_name;
  const auto method = told_in(request, "x-forwarded-method");
  return method.empty() ? told_in(request, "x-original-method") : method;
}

/// Where it was going: in the path; or as Traefik, Caddy and deploy/nginx say it, or the nginx ingress of Kubernetes.
std::optional<std::string> destination_told(const http::Request& request) {
  if (!is_appended(request)) {
    return destination_of({.proto = told_in(request, "x-forwarded-proto"),
                           .host = told_in(request, "x-forwarded-host"),
                           .uri = told_in(request, "x-forwarded-uri"),
                           .url = told_in(request, "x-original-url")});
  }
  auto uri = '/' + std::string(request.path_parameter("path"));
  if (!request.query.empty()) uri.append("?").append(request.query);
  return uri;
}

/// A sign-in or a step-up is what would help.
bool may_sign_in(const Error& error) {
  return error.code == ErrorCode::unauthenticated || error.code == ErrorCode::step_up_required ||
         error.code == ErrorCode::mfa_enrolment_required;
}

std::string encoded(std::string_view text) {
  return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

}  // namespace

void ForwardAuthRoutes::add_to(http::Router& router) {
  const auto handler = [this](http::Request& request, SessionRef session) {
    return verify(request, std::move(session));
  };
  router.add(parts_.gate.edge_route(Method::get, "/auth/verify", handler));
  for (const auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del}) {
    auto route = parts_.gate.edge_route(method, kAppended, handler);
    route.takes_rest = true;
    router.add(std::move(route));
  }
}

ForwardAuthRoutes::Answer ForwardAuthRoutes::verify(http::Request& request, SessionRef session) {
  const auto asked = requirement_in(request);
  if (!asked) co_return asked.error();
  if (asked->audience && !parts_.tokens.is_audience(*asked->audience)) {
    co_return Error(ErrorCode::invalid_request, "There are no tokens for this service.");
  }
  if (auto checked = check(session, *asked); !checked) co_return refuse(request, checked.error(), *asked);
  auto response = http::ok();
  response.with("X-Auth-User", session->user.id.text());
  response.with("X-Auth-Role", std::string(accounts::to_text(session->user.role)));
  response.with("X-Auth-Aal", std::to_string(session->assurance.aal));
  response.with("X-Auth-Session", session->id.text());
  if (asked->audience) {
    auto token = co_await parts_.tokens.current(session, *asked->audience, request.client);
    response.with("X-Auth-Token", std::move(token));
  }
  co_return response;
}

Result<void> ForwardAuthRoutes::check(const SessionRef& session, const Requirement& asked) const {
  if (!session) return ErrorCode::unauthenticated;
  if (auto checked = parts_.policy.check(*session, {.aal = asked.aal, .role = asked.role}); !checked) return checked;
  if (asked.max_age) return parts_.policy.check_age(*session, *asked.max_age);
  return {};
}

Result<http::Response> ForwardAuthRoutes::refuse(const http::Request& request, const Error& error,
                                                 const Requirement& asked) const {
  if (!request.from_trusted_proxy || !may_sign_in(error)) return error;
  const auto accept = request.header("accept").value_or("");
  if (!loads_page(method_told(request), accept, request.header("sec-fetch-mode").value_or(""))) return error;
  const auto destination = destination_told(request);
  if (!destination) return error;
  const auto return_to = return_to_.check(*destination);
  if (!return_to) return error;
  auto location = sign_in_location(*return_to, asked);
  if (!asked.redirects) return http::problem(error, request.client.request_id).with("X-Auth-Sign-In", location);
  http::Response response;
  response.status = 302;
  response.content = http::Content::none;
  response.with("Location", std::move(location));
  return response;
}

std::string ForwardAuthRoutes::sign_in_location(const std::string& return_to, const Requirement& asked) const {
  auto location = sign_in_ + "?return_to=" + encoded(return_to);
  if (asked.aal > 1) location += "&aal=" + std::to_string(asked.aal);
  if (asked.max_age) location += "&max_age=" + std::to_string(asked.max_age->count());
  if (asked.role != accounts::Role::user) location.append("&role=").append(accounts::to_text(asked.role));
  return location;
}

}  // namespace secureauth::forward_auth
