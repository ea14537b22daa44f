#include "mfa/totp/totp_routes.hpp"

#include "crypto/encoding.hpp"
#include "http/json_body.hpp"
#include "mfa/totp/qr.hpp"

namespace secureauth::mfa {

using http::Body;
using http::Method;
using sessions::Proof;
using sessions::SessionRef;

void TotpRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(
      Method::post, "/auth/mfa/totp/setup", Body::none,
      [this](http::Request& request, SessionRef session) { return set_up(request, std::move(session)); },
      {.proof = Proof::recent, .while_enrolling = true}));
  router.add(gate_.session_route(
      Method::post, "/auth/mfa/totp/disable", Body::optional_json,
      [this](http::Request& request, SessionRef session) { return disable(request, std::move(session)); },
      {.proof = Proof::stepped_up}));
}

TotpRoutes::Answer TotpRoutes::set_up(http::Request& request, SessionRef session) {
  const auto provision = co_await changes_.begin(std::move(session), request.client);
  if (!provision) co_return provision.error();
  const auto images = qr_images(provision->uri);
  const boost::json::object body{{"secret", provision->secret},
                                 {"provisioning_uri", provision->uri},
                                 {"qr_svg", images.svg},
                                 {"qr_png", crypto::base64_encode(images.png)},
                                 {"algorithm", to_text(provision->parameters.algorithm)},
                                 {"digits", provision->parameters.digits},
                                 {"period", provision->parameters.period.count()},
                                 {"expires_at", to_rfc3339(provision->expires_at)}};
  co_return http::json(body);
}

TotpRoutes::Answer TotpRoutes::disable(http::Request& request, SessionRef session) {
  http::FieldReader fields(request.json);
  const bool end_other_sessions = fields.optional_switch("end_other_sessions", true);
  if (auto error = fields.error()) co_return *std::move(error);
  const auto opened = co_await changes_.disable(std::move(session), end_other_sessions, request.client);
  if (!opened) co_return opened.error();
  const boost::json::object body{{"success", true}};
  auto response = http::json(body);
  gate_.set_cookies(response, opened->token);
  co_return response;
}

}  // namespace secureauth::mfa
