#include "accounts/registration_routes.hpp"

#include "accounts/display_name.hpp"
#include "core/even_answer.hpp"
#include "http/json_body.hpp"

namespace secureauth::accounts {
namespace {

using http::Body;
using http::FieldReader;
using http::Method;

/// Reads a sign-up's fields, so that one answer tells every mistake in them.
Result<Registration::Request> read_sign_up(const http::Request& request, const passwords::PasswordPolicy& policy) {
  FieldReader fields(request.json);
  auto email = fields.check("email", EmailAddress::parse(fields.text("email")));
  passwords::Password password(fields.secret("password"));
  fields.check("password", policy.check_length(password));
  std::optional<std::string> name;
  if (const auto given = fields.optional_text("name")) name = fields.check("name", parse_display_name(*given));
  if (auto error = fields.error()) return *std::move(error);
  const auto locale = choose_locale(request.header("accept-language").value_or(""));
  return Registration::Request{{*std::move(email), std::move(name), request.client, locale}, std::move(password)};
}

}  // namespace

void RegistrationRoutes::add_to(http::Router& router) {
  router.add(gate_.open_route(Method::post, "/auth/register", Body::json,
                              [this](http::Request& request) { return register_account(request); }),
             protection::RateLimits::kSignUp);
  router.add(gate_.open_route(Method::post, "/auth/verify-email", Body::json,
                              [this](http::Request& request) { return verify(request); }),
             protection::RateLimits::kVerify);
  router.add(gate_.open_route(Method::post, "/auth/verify-email/resend", Body::json,
                              [this](http::Request& request) { return resend(request); }),
             protection::RateLimits::kVerify);
}

RegistrationRoutes::Answer RegistrationRoutes::register_account(http::Request& request) {
  auto sign_up = read_sign_up(request, policy_);
  if (!sign_up) co_return sign_up.error();
  passwords::PasswordOwner owner{.email = sign_up->who.email.spelling(), .name = sign_up->who.name};
  const auto fitting = co_await policy_.check(sign_up->password.clone(), std::move(owner));
  if (!fitting) co_return fitting.error();
  const auto accepted = co_await registration_.request(*std::move(sign_up));
  if (!accepted) co_return accepted.error();
  const boost::json::object body{{"id", accepted->id}, {"email", accepted->email}};
  co_return http::json(body);
}

RegistrationRoutes::Answer RegistrationRoutes::verify(http::Request& request) {
  FieldReader fields(request.json);
  const auto text = fields.text("token");
  if (auto error = fields.error()) co_return *std::move(error);
  const auto token = VerificationToken::parse(text);
  if (!token) co_return ErrorCode::invalid_token;
  auto known_browser = gate_.presented_device(request);
  if (!known_browser) co_return known_browser.error();
  VerifyingBrowser browser{request.client, *std::move(known_browser)};
  const auto verified = co_await registration_.verify(*token, std::move(browser));
  if (!verified) co_return verified.error();
  co_return http::ok();
}

RegistrationRoutes::Answer RegistrationRoutes::resend(http::Request& request) {
  FieldReader fields(request.json);
  auto email = fields.check("email", EmailAddress::parse(fields.text("email")));
  if (auto error = fields.error()) co_return *std::move(error);
  const auto began = std::chrono::steady_clock::now();
  co_await registration_.resend(*std::move(email), request.client);
  co_await even_out(began);
  co_return http::ok();
}

}  // namespace secureauth::accounts
