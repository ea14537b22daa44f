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

  const auto& cookies = gate_.cookies();
  const auto known_browser = request.cookie(cookies.names().device);
  if (!known_browser) co_return known_browser.error();

  Login::Request sign_in{.email = *std::move(email),
                         .password = std::move(password),
                         .client = request.client,
                         .presented = *presented,
                         .known_browser = std::string(known_browser->value_or(""))};
  const auto accepted = co_await login_(std::move(sign_in));
  if (!accepted) co_return accepted.error();

  const boost::json::object body{{"mfa_required", false}, {"methods", boost::json::array()}};
  auto response = http::json(body);
  gate_.set_cookies(response, accepted->session.token);
  response.with("Set-Cookie",
                cookies.keep(cookies.names().device, accepted->known_browser, protection::KnownBrowsers::kLife));
  co_return response;
}

}  // namespace secureauth::login
