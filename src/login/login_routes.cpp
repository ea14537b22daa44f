#include "login/login_routes.hpp"

#include "http/json_body.hpp"

namespace secureauth::login {

void LoginRoutes::add_to(http::Router& router) {
  router.add(gate_.open_route(http::Method::post, "/auth/login", http::Body::json,
                              [this](http::Request& request) { return sign_in(request); }));
}

net::awaitable<Result<http::Response>> LoginRoutes::sign_in(http::Request& request) {
  http::FieldReader fields(request.json);
  auto email = fields.check("email", accounts::EmailAddress::parse(fields.text("email")));
  passwords::Password password(fields.secret("password"));
  if (auto error = fields.error()) co_return *std::move(error);
  const auto presented = gate_.presented_token(request);
  if (!presented) co_return presented.error();

  Login::Request sign_in{*std::move(email), std::move(password), request.client, *presented};
  const auto opened = co_await login_(std::move(sign_in));
  if (!opened) co_return opened.error();

  const boost::json::object body{{"mfa_required", false}, {"methods", boost::json::array()}};
  auto response = http::json(body);
  gate_.set_cookies(response, opened->token);
  co_return response;
}

}  // namespace secureauth::login
