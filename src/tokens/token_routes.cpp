#include "tokens/token_routes.hpp"

#include "http/json_body.hpp"

namespace secureauth::tokens {

using http::Body;
using http::Method;
using sessions::SessionRef;

namespace {

/// A service that meets an unknown key asks again, and one that does not learns of a new key within this time: so long
/// before it signs it must be published.
constexpr std::string_view kKeepForMinutes = "public, max-age=300";

}  // namespace

void TokenRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(
      Method::post, "/auth/token", Body::optional_json,
      [this](http::Request& request, SessionRef session) { return issue(request, std::move(session)); }));
  router.add(gate_.open_route(Method::get, "/.well-known/jwks.json", Body::none,
                              [this](http::Request&) { return key_set(); }));
}

TokenRoutes::Answer TokenRoutes::issue(http::Request& request, SessionRef session) {
  http::FieldReader fields(request.json);
  auto audience = fields.optional_text("audience");
  if (auto error = fields.error()) co_return *std::move(error);
  if (!audience) audience = tokens_.sole_audience();
  if (!audience) {
    fields.refuse("audience", "required", "Name the service that the token is for.");
  } else if (!tokens_.is_audience(*audience)) {
    fields.refuse("audience", "unknown_audience", "There are no tokens for this service.");
  }
  if (auto error = fields.error()) co_return *std::move(error);
  const auto issued = co_await tokens_.issue(std::move(session), *std::move(audience), request.client);
  const boost::json::object body{
      {"token", issued.token}, {"token_type", "Bearer"}, {"expires_in", issued.expires_in.count()}};
  co_return http::json(body);
}

TokenRoutes::Answer TokenRoutes::key_set() {
  http::Response response;
  response.body = keys_.key_set();
  response.cache_control = kKeepForMinutes;
  co_return response;
}

}  // namespace secureauth::tokens
