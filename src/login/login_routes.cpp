#include "login/login_routes.hpp"

#include "http/json_body.hpp"
#include "login/sign_in_cookies.hpp"

namespace secureauth::login {

void LoginRoutes::add_to(http::Router& router) {
  router.add(gate_.open_route(http::Method::post, "/auth/login", http::Body::json,
                              [this](http::Request& request) { return sign_in(request); }),
             protection::RateLimits::kLogin);
}

net::awaitable<Result<http::Response>> LoginRoutes::sign_in(http::Request& request) {
  http::FieldReader fields(request.json);
  auto email = fields.check("email", accounts::EmailAddress::parse(fields.text("email")));
  passwords::Password password(fields.secret("password"));
  if (auto error = fields.error()) co_return *std::move(error);
  auto cookies = read_sign_in_cookies(request, gate_);
  if (!cookies) co_return cookies.error();

  Login::Request sign_in{.email = *std::move(email),
                         .password = std::move(password),
                         .client = request.client,
                         .presented = cookies->presented,
                         .known_browser = std::move(cookies->known_browser),
                         .trusted_browser = std::move(cookies->trusted_browser)};
  const auto outcome = co_await login_(std::move(sign_in));
  if (!outcome) co_return outcome.error();
  if (const auto* due = std::get_if<Login::MfaDue>(&*outcome)) co_return ask_for_second_factor(*due);

  auto response = http::json({{"mfa_required", false}, {"methods", boost::json::array()}});
  set_sign_in_cookies(response, std::get<Admitted>(*outcome), gate_);
  co_return response;
}

http::Response LoginRoutes::ask_for_second_factor(const Login::MfaDue& due) const {
  boost::json::array methods;
  for (const auto method : due.methods) methods.emplace_back(accounts::to_text(method));
  boost::json::object body{
      {"mfa_required", true}, {"methods", std::move(methods)}, {"challenge_id", due.challenge.text()}};
  if (!due.webauthn.empty()) body["webauthn"] = due.webauthn;
  auto response = http::json(body);
  gate_.set_browser(response, due.browser, due.life);
  return response;
}

}  // namespace secureauth::login
