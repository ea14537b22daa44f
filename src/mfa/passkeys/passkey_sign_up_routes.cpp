#include "mfa/passkeys/passkey_sign_up_routes.hpp"

#include "accounts/display_name.hpp"
#include "http/json_body.hpp"
#include "mfa/passkeys/passkey.hpp"

namespace secureauth::mfa {

using sessions::PreSessionToken;

void PasskeySignUpRoutes::add_to(http::Router& router) {
  router.add(parts_.gate.open_route(http::Method::post, "/auth/webauthn/signup/start", http::Body::json,
                                    [this](http::Request& request) { return start(request); }),
             protection::RateLimits::kSignUp);
  auto finish_sign_up = parts_.gate.challenge_route(
      "/auth/webauthn/signup/finish",
      [this](http::Request& request, PreSessionToken browser) { return finish(request, browser); });
  finish_sign_up.most_body = http::kLargeBody;
  router.add(std::move(finish_sign_up));
}

PasskeySignUpRoutes::Answer PasskeySignUpRoutes::start(http::Request& request) {
  if (!parts_.settings.sign_up) co_return ErrorCode::not_found;
  http::FieldReader fields(request.json);
  auto email = fields.check("email", accounts::EmailAddress::parse(fields.text("email")));
  std::optional<std::string> name;
  if (const auto given = fields.optional_text("name"))
    name = fields.check("name", accounts::parse_display_name(*given));
  if (auto error = fields.error()) co_return *std::move(error);
  const auto browser = PreSessionToken::generate(parts_.random);
  const auto asked = co_await parts_.sign_up.start(*std::move(email), std::move(name), browser.hash());
  auto response = http::json(asked);
  parts_.gate.set_browser(response, browser, challenge_life_);
  co_return response;
}

PasskeySignUpRoutes::Answer PasskeySignUpRoutes::finish(http::Request& request, PreSessionToken browser) {
  if (!parts_.settings.sign_up) co_return ErrorCode::not_found;
  http::FieldReader fields(request.json);
  auto challenge_id = fields.text("challenge_id");
  std::string name;
  if (const auto given = fields.optional_text("credential_name")) {
    name = fields.check("credential_name", parse_passkey_name(*given)).value_or("");
  }
  if (auto error = fields.error()) co_return *std::move(error);
  const auto& cookies = parts_.gate.cookies();
  auto known_browser = parts_.gate.presented_device(request);
  if (!known_browser) co_return known_browser.error();
  PasskeySignUp::Finish finish{.challenge_id = std::move(challenge_id),
                               .browser = browser.hash(),
                               .known_browser = *std::move(known_browser),
                               .body = request.json.as_object(),
                               .name = std::move(name),
                               .client = request.client,
                               .locale = choose_locale(request.header("accept-language").value_or(""))};
  const auto accepted = co_await parts_.sign_up.finish(std::move(finish));
  if (!accepted) co_return accepted.error();
  const boost::json::object body{{"id", accepted->registration.id}, {"email", accepted->registration.email}};
  auto response = http::json(body);
  response.with("Set-Cookie",
                cookies.keep(cookies.names().device, accepted->known_browser, protection::KnownBrowsers::kKnown.life));
  co_return response;
}

}  // namespace secureauth::mfa
