#include "mfa/factor_routes.hpp"

#include <algorithm>

namespace secureauth::mfa {
namespace {

using accounts::Factor;

boost::json::object shown(const TotpAuthenticators::Listed& totp) {
  return {{"method", accounts::to_text(Factor::totp)},
          {"created_at", to_rfc3339(totp.created_at)},
          {"last_used_at", to_rfc3339(totp.last_used_at)},
          {"algorithm", to_text(totp.parameters.algorithm)},
          {"digits", totp.parameters.digits},
          {"period", totp.parameters.period.count()}};
}

boost::json::object shown(const RecoveryCodes::Listed& codes) {
  boost::json::value last_used;
  if (codes.last_used_at) last_used = to_rfc3339(*codes.last_used_at);
  return {{"method", accounts::to_text(Factor::recovery_code)},
          {"created_at", to_rfc3339(codes.created_at)},
          {"last_used_at", std::move(last_used)},
          {"remaining", codes.remaining}};
}

boost::json::object shown(const std::vector<Passkey>& passkeys) {
  const auto latest = std::ranges::max(passkeys, {}, &Passkey::last_used_at).last_used_at;
  boost::json::value last_used;
  if (latest) last_used = to_rfc3339(*latest);
  return {{"method", accounts::to_text(Factor::webauthn)},
          {"credentials", passkeys.size()},
          {"last_used_at", std::move(last_used)}};
}

}  // namespace

void FactorRoutes::add_to(http::Router& router) {
  router.add(parts_.gate.session_route(
      http::Method::get, "/auth/mfa", http::Body::none,
      [this](http::Request&, sessions::SessionRef session) { return list(std::move(session)); },
      {.while_enrolling = true}));
}

net::awaitable<Result<http::Response>> FactorRoutes::list(sessions::SessionRef session) {
  const auto& user = session->user;
  boost::json::array methods;
  const auto passkeys = co_await parts_.passkeys.list(user.id);
  if (!passkeys.passkeys.empty()) methods.emplace_back(shown(passkeys.passkeys));
  const auto totp = co_await parts_.totp.find(parts_.database, user.id);
  if (totp) methods.emplace_back(shown(*totp));
  const auto codes = co_await parts_.recovery.list(parts_.database, user.id);
  if (codes) methods.emplace_back(shown(*codes));
  const bool has_password = co_await parts_.passkeys.stand_beside_password(user.id);
  const bool required = user.must_enrol_factor || parts_.policy.demands_factor(user.role);
  const boost::json::object body{{"methods", std::move(methods)},
                                 {"required", required},
                                 {"has_password", has_password},
                                 {"trusted_browser_days", trusted_browser_.count()}};
  co_return http::json(body);
}

}  // namespace secureauth::mfa
