#include "mfa/recovery/recovery_routes.hpp"

namespace secureauth::mfa {

void RecoveryRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(http::Method::post, "/auth/mfa/recovery-codes", http::Body::none,
                                 [this](http::Request& request, sessions::SessionRef session) {
                                   return make(request, std::move(session));
                                 },
                                 {.proof = sessions::Proof::stepped_up}),
             protection::RateLimits::kRecoveryCodes);
}

net::awaitable<Result<http::Response>> RecoveryRoutes::make(http::Request& request, sessions::SessionRef session) {
  const auto made = co_await codes_.make(std::move(session), request.client);
  if (!made) co_return made.error();
  boost::json::array codes;
  for (const auto& code : made->codes) codes.emplace_back(code.text());
  auto response = http::json({{"codes", std::move(codes)}});
  gate_.set_cookies(response, made->session.token);
  co_return response;
}

}  // namespace secureauth::mfa
