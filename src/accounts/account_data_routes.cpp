#include "accounts/account_data_routes.hpp"

namespace secureauth::accounts {

using http::Body;
using http::Method;
using sessions::SessionGate;
using sessions::SessionRef;

void AccountDataRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(
      Method::get, "/auth/me/export", Body::none,
      [this](http::Request& request, SessionRef session) { return hand_out(request, std::move(session)); },
      {.proof = sessions::Proof::stepped_up}));
  router.add(gate_.session_route(
      Method::del, "/auth/me", Body::none,
      [this](http::Request& request, SessionRef session) { return erase(request, std::move(session)); },
      {.proof = sessions::Proof::stepped_up}));
}

AccountDataRoutes::Answer AccountDataRoutes::hand_out(http::Request& request, SessionRef session) {
  const auto data = co_await data_.of(std::move(session), request.client);
  if (!data) co_return data.error();
  auto response = http::json(*data);
  response.with("Content-Disposition", R"(attachment; filename="account.json")");
  co_return response;
}

AccountDataRoutes::Answer AccountDataRoutes::erase(http::Request& request, SessionRef session) {
  const auto deleted = co_await deletion_(std::move(session), request.client);
  if (!deleted) co_return deleted.error();
  auto response = http::ok();
  gate_.clear_cookies(response);
  co_return response;
}

}  // namespace secureauth::accounts
