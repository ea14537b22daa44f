#include "accounts/password_change_routes.hpp"

#include "http/json_body.hpp"

namespace secureauth::accounts {

void PasswordChangeRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(
      http::Method::post, "/auth/password/change", http::Body::json,
      [this](http::Request& request, sessions::SessionRef session) { return change(request, std::move(session)); }));
}

net::awaitable<Result<http::Response>> PasswordChangeRoutes::change(http::Request& request,
                                                                    sessions::SessionRef session) {
  http::FieldReader fields(request.json);
  passwords::Password current(fields.secret("current_password"));
  passwords::Password wanted(fields.secret("new_password"));
  fields.check("new_password", policy_.check_length(wanted));
  if (auto error = fields.error()) co_return *std::move(error);
  PasswordChange::Request asked{std::move(current), std::move(wanted), request.client};
  const auto opened = co_await change_(std::move(session), std::move(asked));
  if (!opened) co_return opened.error();
  auto response = http::ok();
  gate_.set_cookies(response, opened->token);
  co_return response;
}

}  // namespace secureauth::accounts
