#include "accounts/password_change_routes.hpp"

#include "http/json_body.hpp"

namespace secureauth::accounts {

void PasswordChangeRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(http::Method::post, "/auth/password/change", http::Body::json,
                                 [this](http::Request& request, sessions::SessionRef session) {
                                   return change(request, std::move(session));
                                 },
                                 {.proof = sessions::Proof::stepped_up_if_factor}),
             protection::RateLimits::kLogin);
}

net::awaitable<Result<http::Response>> PasswordChangeRoutes::change(http::Request& request,
                                                                    sessions::SessionRef session) {
  http::FieldReader fields(request.json);
  passwords::Password current(fields.secret("current_password"));
  passwords::Password wanted(fields.secret("new_password"));
  fields.check("new_password", policy_.check_length(wanted));
  if (auto error = fields.error()) co_return *std::move(error);
  const auto& cookies = gate_.cookies();
  auto known_browser = gate_.presented_device(request);
  if (!known_browser) co_return known_browser.error();
  PasswordChange::Request asked{std::move(current), std::move(wanted), request.client, *std::move(known_browser)};
  const auto changed = co_await change_(std::move(session), std::move(asked));
  if (!changed) co_return changed.error();
  auto response = http::ok();
  gate_.set_cookies(response, changed->session.token);
  if (changed->known_browser) {
    const auto cookie =
        cookies.keep(cookies.names().device, *changed->known_browser, protection::KnownBrowsers::kKnown.life);
    response.with("Set-Cookie", cookie);
  }
  co_return response;
}

}  // namespace secureauth::accounts
