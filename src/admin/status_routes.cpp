#include "admin/status_routes.hpp"

namespace secureauth::admin {

void add_status_route(http::Router& router, const sessions::SessionGate& gate) {
  auto answer = [](http::Request&, sessions::SessionRef) -> net::awaitable<Result<http::Response>> {
    co_return http::json({{"status", "ok"}});
  };
  router.add(gate.session_route(http::Method::get, "/admin/status", http::Body::none, std::move(answer),
                                {.aal = 2, .role = accounts::Role::admin}));
}

}  // namespace secureauth::admin
