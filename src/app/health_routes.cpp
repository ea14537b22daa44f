#include "app/health_routes.hpp"

#include "admin/permissions.hpp"

namespace secureauth::app {
namespace {

http::Response status(std::string_view text) {
  return http::json({{"status", text}});
}

http::Response degraded(std::string_view part) {
  return http::json({{"status", "degraded"}, {"degraded", boost::json::array{part}}});
}

}  // namespace

void add_health_routes(http::Router& router, HealthParts parts) {
  router.add({http::Method::get, "/health", http::Body::none,
              [](http::Request&) -> net::awaitable<Result<http::Response>> { co_return status("ok"); }});
  router.add({http::Method::get, "/health/ready", http::Body::none,
              [parts = std::move(parts)](http::Request&) -> net::awaitable<Result<http::Response>> {
                if (parts.is_leaving()) co_return ErrorCode::unavailable;
                co_await parts.database.check_ready();  // a DatabaseError becomes 503 unavailable
                const bool serves = co_await parts.redis_serves();
                co_return serves ? status("ready") : degraded("redis");
              }});
}

void add_admin_health_route(http::Router& router, const sessions::SessionGate& gate,
                            std::function<net::awaitable<boost::json::object>()> read) {
  auto answer = [read = std::move(read)](http::Request&,
                                         sessions::SessionRef) -> net::awaitable<Result<http::Response>> {
    const auto health = co_await read();
    co_return http::json(health);
  };
  router.add(gate.session_route(http::Method::get, "/admin/health", http::Body::none, std::move(answer),
                                admin::access_for(admin::Permission::read_health)));
}

}  // namespace secureauth::app
