#include "login/passkey_login_routes.hpp"

#include "login/sign_in_cookies.hpp"

namespace secureauth::login {

using http::Body;
using http::Method;
using sessions::PreSessionToken;
using sessions::SessionRef;

void PasskeyLoginRoutes::add_to(http::Router& router) {
  router.add(
      parts_.gate.open_or_challenge_route(
          "/auth/webauthn/login/start",
          [this](http::Request& request, std::optional<PreSessionToken> waiting) { return start(request, waiting); }),
      protection::RateLimits::kLogin);
  auto finish_login = parts_.gate.challenge_route(
      "/auth/webauthn/login/finish",
      [this](http::Request& request, PreSessionToken browser) { return finish(request, browser); });
  finish_login.most_body = http::kLargeBody;
  router.add(std::move(finish_login), protection::RateLimits::kLogin);
  router.add(parts_.gate.session_route(
                 Method::post, "/auth/step-up/webauthn/start", Body::optional_json,
                 [this](http::Request&, SessionRef session) { return start_step_up(std::move(session)); },
                 {.while_enrolling = true}),
             protection::RateLimits::kLogin);
  auto finish_step = parts_.gate.session_route(
      Method::post, "/auth/step-up/webauthn/finish", Body::json,
      [this](http::Request& request, SessionRef session) { return finish_step_up(request, std::move(session)); },
      {.while_enrolling = true});
  finish_step.most_body = http::kLargeBody;
  router.add(std::move(finish_step), protection::RateLimits::kLogin);
}

PasskeyLoginRoutes::Answer PasskeyLoginRoutes::start(http::Request& request, std::optional<PreSessionToken> waiting) {
  http::FieldReader fields(request.json);
  if (waiting) {
    const auto challenge = ChallengeToken::parse(fields.text("challenge_id"));
    if (auto error = fields.error()) co_return *std::move(error);
    if (!challenge) co_return ErrorCode::challenge_expired;  // none has such an id
    const PresentedChallenge pending{challenge->hash(), waiting->hash()};
    const auto asked = co_await parts_.login.start_second_factor(pending);
    if (!asked) co_return asked.error();
    co_return http::json(*asked);
  }
  std::optional<accounts::EmailAddress> email;
  if (const auto given = fields.optional_text("email")) {
    email = fields.check("email", accounts::EmailAddress::parse(*given));
  }
  if (auto error = fields.error()) co_return *std::move(error);
  // Another cookie each time: what somebody planted in the browser is never adopted.
  const auto browser = PreSessionToken::generate(parts_.random);
  const auto asked = co_await parts_.login.start(std::move(email), browser);
  auto response = http::json(asked);
  parts_.gate.set_browser(response, browser, challenge_life_);
  co_return response;
}

PasskeyLoginRoutes::Answer PasskeyLoginRoutes::finish(http::Request& request, PreSessionToken browser) {
  http::FieldReader fields(request.json);
  auto challenge_id = fields.text("challenge_id");
  const bool remember = fields.optional_switch("remember_browser", false);
  if (auto error = fields.error()) co_return *std::move(error);
  auto cookies = read_sign_in_cookies(request, parts_.gate);
  if (!cookies) co_return cookies.error();
  PasskeyLogin::Finish finish{.challenge_id = std::move(challenge_id),
                              .browser = browser,
                              .body = request.json.as_object(),
                              .client = request.client,
                              .presented = cookies->presented,
                              .known_browser = cookies->known_browser,
                              .trust_cookie = cookies->trust(remember)};
  const auto admitted = co_await parts_.login.finish(std::move(finish));
  if (!admitted) co_return admitted.error();
  http::Response response = http::json({{"success", true}});
  set_sign_in_cookies(response, *admitted, parts_.gate);
  parts_.gate.forget_browser(response);
  co_return response;
}

PasskeyLoginRoutes::Answer PasskeyLoginRoutes::start_step_up(SessionRef session) {
  const auto asked = co_await parts_.step_up.start(std::move(session));
  if (!asked) co_return asked.error();
  co_return http::json(*asked);
}

PasskeyLoginRoutes::Answer PasskeyLoginRoutes::finish_step_up(http::Request& request, SessionRef session) {
  http::FieldReader fields(request.json);
  auto challenge_id = fields.text("challenge_id");
  if (auto error = fields.error()) co_return *std::move(error);
  PasskeyStepUp::Finish finish{.session = std::move(session),
                               .challenge_id = std::move(challenge_id),
                               .body = request.json.as_object(),
                               .client = request.client};
  const auto opened = co_await parts_.step_up.finish(std::move(finish));
  if (!opened) co_return opened.error();
  http::Response response = http::json({{"success", true}});
  parts_.gate.set_cookies(response, opened->token);
  co_return response;
}

}  // namespace secureauth::login
