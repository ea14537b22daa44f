#include "login/sign_in_cookies.hpp"

#include "protection/known_browsers.hpp"

namespace secureauth::login {

Result<SignInCookies> read_sign_in_cookies(const http::Request& request, const sessions::SessionGate& gate) {
  const auto presented = gate.presented_token(request);
  if (!presented) return presented.error();
  auto known = gate.presented_device(request);
  if (!known) return known.error();
  const auto trusted = request.cookie(gate.cookies().names().trusted);
  if (!trusted) return trusted.error();
  return SignInCookies{*presented, *std::move(known), std::string(trusted->value_or(""))};
}

void set_sign_in_cookies(http::Response& response, const Admitted& admitted, const sessions::SessionGate& gate) {
  const auto& cookies = gate.cookies();
  gate.set_cookies(response, admitted.session.token);
  response.with("Set-Cookie",
                cookies.keep(cookies.names().device, admitted.known_browser, protection::KnownBrowsers::kKnown.life));
  if (!admitted.trusted_browser) return;
  const auto& [cookie, life] = *admitted.trusted_browser;
  response.with("Set-Cookie", cookies.keep(cookies.names().trusted, cookie, life));
}

}  // namespace secureauth::login
