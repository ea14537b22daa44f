#include "login/second_factor_routes.hpp"

#include "login/sign_in_cookies.hpp"

namespace secureauth::login {
namespace {

constexpr std::size_t kMostDigits = 8;

/// Whether it could be a code of any authenticator; of which length, the account's decides.
bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= kMostDigits &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Both are looked at wherever a code is given, whichever of them can be heeded there.
struct Wishes {
  bool remember_browser = false;
  bool end_other_sessions = true;
};

Wishes read_wishes(http::FieldReader& fields) {
  return {.remember_browser = fields.optional_switch("remember_browser", false),
          .end_other_sessions = fields.optional_switch("end_other_sessions", true)};
}

std::string read_totp_code(http::FieldReader& fields) {
  auto code = fields.text("code");
  if (!fields.error() && !is_code(code)) fields.refuse("code", "invalid_format", "A code is digits and nothing else.");
  return code;
}

std::optional<mfa::RecoveryCode> read_recovery_code(http::FieldReader& fields) {
  auto code = mfa::RecoveryCode::parse(fields.text("code"));
  if (!fields.error() && !code) fields.refuse("code", "invalid_format", "This does not look like a recovery code.");
  return code;
}

}  // namespace

void SecondFactorRoutes::add_to(http::Router& router) {
  router.add(gate_.challenge_or_session_route(
                 "/auth/mfa/totp/verify",
                 [this](http::Request& request, Caller caller) { return with_totp(request, std::move(caller)); },
                 {.while_enrolling = true}),
             protection::RateLimits::kLogin);
  router.add(gate_.challenge_or_session_route("/auth/mfa/recovery/verify",
                                              [this](http::Request& request, Caller caller) {
                                                return with_recovery_code(request, std::move(caller));
                                              },
                                              {.while_enrolling = true}),
             protection::RateLimits::kLogin);
}

SecondFactorRoutes::Answer SecondFactorRoutes::with_totp(http::Request& request, Caller caller) {
  http::FieldReader fields(request.json);
  auto code = read_totp_code(fields);
  http::Response response = http::json({{"success", true}});
  if (caller.browser) {
    auto sign_in = sign_in_of(request, caller, fields);
    if (!sign_in) co_return sign_in.error();
    const auto admitted = co_await login_.with_totp(*std::move(sign_in), std::move(code));
    if (!admitted) co_return admitted.error();
    let_in(response, *admitted);
    co_return response;
  }
  auto step_up = step_up_of(request, std::move(caller), fields);
  if (!step_up) co_return step_up.error();
  const auto opened = co_await step_up_.with_totp(*std::move(step_up), std::move(code));
  if (!opened) co_return opened.error();
  gate_.set_cookies(response, opened->token);
  co_return response;
}

SecondFactorRoutes::Answer SecondFactorRoutes::with_recovery_code(http::Request& request, Caller caller) {
  http::FieldReader fields(request.json);
  auto code = read_recovery_code(fields);
  if (caller.browser) {
    auto sign_in = sign_in_of(request, caller, fields);
    if (!sign_in) co_return sign_in.error();
    const auto recovered = co_await login_.with_recovery_code(*std::move(sign_in), *std::move(code));
    if (!recovered) co_return recovered.error();
    auto response = http::json({{"success", true}, {"remaining", recovered->remaining}});
    let_in(response, recovered->admitted);
    co_return response;
  }
  auto step_up = step_up_of(request, std::move(caller), fields);
  if (!step_up) co_return step_up.error();
  const auto recovered = co_await step_up_.with_recovery_code(*std::move(step_up), *std::move(code));
  if (!recovered) co_return recovered.error();
  auto response = http::json({{"success", true}, {"remaining", recovered->remaining}});
  gate_.set_cookies(response, recovered->session.token);
  co_return response;
}

Result<SecondFactorLogin::Request> SecondFactorRoutes::sign_in_of(http::Request& request, const Caller& caller,
                                                                  http::FieldReader& fields) const {
  const auto challenge = ChallengeToken::parse(fields.text("challenge_id"));
  const auto wishes = read_wishes(fields);
  if (auto error = fields.error()) return *std::move(error);
  if (!challenge) return ErrorCode::challenge_expired;  // none has such an id
  const auto cookies = read_sign_in_cookies(request, gate_);
  if (!cookies) return cookies.error();
  return SecondFactorLogin::Request{.challenge = {challenge->hash(), caller.browser->hash()},
                                    .client = request.client,
                                    .presented = cookies->presented,
                                    .known_browser = cookies->known_browser,
                                    .trust_cookie = cookies->trust(wishes.remember_browser)};
}

Result<StepUp::Request> SecondFactorRoutes::step_up_of(http::Request& request, Caller caller,
                                                       http::FieldReader& fields) const {
  const auto wishes = read_wishes(fields);
  if (auto error = fields.error()) return *std::move(error);
  const auto cookies = read_sign_in_cookies(request, gate_);
  if (!cookies) return cookies.error();
  return StepUp::Request{.current = std::move(caller.session),
                         .client = request.client,
                         .known_browser = cookies->known_browser,
                         .end_other_sessions = wishes.end_other_sessions};
}

void SecondFactorRoutes::let_in(http::Response& response, const Admitted& admitted) const {
  set_sign_in_cookies(response, admitted, gate_);
  gate_.forget_browser(response);
}

}  // namespace secureauth::login
