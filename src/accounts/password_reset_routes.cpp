#include "accounts/password_reset_routes.hpp"

#include "core/even_answer.hpp"
#include "http/json_body.hpp"

namespace secureauth::accounts {

using http::Body;
using http::FieldReader;
using http::Method;

void PasswordResetRoutes::add_to(http::Router& router) {
  router.add(gate_.open_route(Method::post, "/auth/password/reset/request", Body::json,
                              [this](http::Request& request) { return ask(request); }),
             protection::RateLimits::kReset);
  router.add(gate_.open_route(Method::post, "/auth/password/reset/confirm", Body::json,
                              [this](http::Request& request) { return confirm(request); }),
             protection::RateLimits::kReset);
}

PasswordResetRoutes::Answer PasswordResetRoutes::ask(http::Request& request) {
  FieldReader fields(request.json);
  auto email = fields.check("email", EmailAddress::parse(fields.text("email")));
  if (auto error = fields.error()) co_return *std::move(error);
  const auto began = std::chrono::steady_clock::now();
  co_await reset_.request(*std::move(email), request.client);
  co_await even_out(began);
  co_return http::ok();
}

PasswordResetRoutes::Answer PasswordResetRoutes::confirm(http::Request& request) {
  FieldReader fields(request.json);
  const auto text = fields.text("token");
  passwords::Password password(fields.secret("new_password"));
  fields.check("new_password", policy_.check_length(password));
  if (auto error = fields.error()) co_return *std::move(error);
  const auto token = ResetToken::parse(text);
  if (!token) co_return ErrorCode::invalid_token;
  const auto set = co_await reset_.confirm(*token, std::move(password), request.client);
  if (!set) co_return set.error();
  co_return http::ok();
}

}  // namespace secureauth::accounts
