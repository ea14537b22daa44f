#include "login/step_up_routes.hpp"

#include "http/json_body.hpp"

namespace secureauth::login {

using http::Body;
using http::Method;
using sessions::SessionRef;

void StepUpRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(Method::post, "/auth/step-up/check", Body::none,
                                 [this](http::Request&, SessionRef session) { return check(std::move(session)); },
                                 {.while_enrolling = true}));
  router.add(gate_.session_route(Method::post, "/auth/step-up/password", Body::json,
                                 [this](http::Request& request, SessionRef session) {
                                   return with_password(request, std::move(session));
                                 },
                                 {.while_enrolling = true}),
             protection::RateLimits::kLogin);
}

StepUpRoutes::Answer StepUpRoutes::check(SessionRef session) {
  const bool fresh = policy_.is_stepped_up(*session);
  boost::json::array methods;
  if (!fresh) {
    for (const auto factor : sessions::step_up_factors(session->user)) methods.emplace_back(accounts::to_text(factor));
  }
  const boost::json::object body{{"requires_mfa", !fresh}, {"methods", std::move(methods)}};
  co_return http::json(body);
}

StepUpRoutes::Answer StepUpRoutes::with_password(http::Request& request, SessionRef session) {
  http::FieldReader fields(request.json);
  passwords::Password password(fields.secret("password"));
  if (auto error = fields.error()) co_return *std::move(error);
  auto known_browser = gate_.presented_device(request);
  if (!known_browser) co_return known_browser.error();
  StepUp::Request asked{
      .current = std::move(session), .client = request.client, .known_browser = *std::move(known_browser)};
  const auto opened = co_await step_up_.with_password(std::move(asked), std::move(password));
  if (!opened) co_return opened.error();
  const boost::json::object body{{"success", true}};
  auto response = http::json(body);
  gate_.set_cookies(response, opened->token);
  co_return response;
}

}  // namespace secureauth::login
