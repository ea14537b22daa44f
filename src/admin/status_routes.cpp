#include "admin/status_routes.hpp"

#include "admin/permissions.hpp"

namespace secureauth::admin {

void add_status_route(http::Router& router, const sessions::SessionGate& gate) {
  auto answer = [](http::Request&, sessions::SessionRef) -> net::awaitable<Result<http::Response>> {
    co_return http::json({{"status", "ok"}});
  };
  router.add(gate.session_route(http::Method::get, "/admin/status", http::Body::none, std::move(answer),
                                access_for(Permission::check_status)));
}

}  // namespace secureauth::admin
