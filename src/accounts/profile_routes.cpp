#include "accounts/profile_routes.hpp"

#include "accounts/display_name.hpp"
#include "http/json_body.hpp"

namespace secureauth::accounts {

using http::Body;
using http::Method;
using sessions::SessionRef;

void ProfileRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(
      Method::patch, "/auth/me", Body::json,
      [this](http::Request& request, SessionRef session) { return change(request, std::move(session)); }));
}

net::awaitable<Result<http::Response>> ProfileRoutes::change(http::Request& request, SessionRef session) {
  http::FieldReader fields(request.json);
  std::optional<std::string> name;
  if (const auto given = fields.text_or_null("name")) name = fields.check("name", parse_display_name(*given));
  if (auto error = fields.error()) co_return *std::move(error);
  const auto user = co_await profile_.rename(session, std::move(name), request.client);
  if (!user) co_return user.error();
  http::Response response;
  response.body = sessions::compose_profile(*user, session->assurance);
  co_return response;
}

}  // namespace secureauth::accounts
