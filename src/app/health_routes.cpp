#include "app/health_routes.hpp"

namespace secureauth::app {
namespace {

http::Response status(std::string_view text) {
  return http::json({{"status", text}});
}

http::Response degraded(std::string_view part) {
  return http::json({{"status", "degraded"}, {"degraded", boost::json::array{part}}});
}

net::awaitable<bool> is_reached(ephemeral::SharedCache* shared) {
  if (shared == nullptr) co_return true;
  try {
    co_await shared->check_ready();
    co_return true;
  } catch (const Unavailable&) {  // logged where it was noticed first
    co_return false;
  }
}

}  // namespace

void add_health_routes(http::Router& router, db::Database& database, ephemeral::SharedCache* shared) {
  router.add({http::Method::get, "/health", http::Body::none,
              [](http::Request&) -> net::awaitable<Result<http::Response>> { co_return status("ok"); }});
  router.add({http::Method::get, "/health/ready", http::Body::none,
              [&database, shared](http::Request&) -> net::awaitable<Result<http::Response>> {
                co_await database.check_ready();  // a DatabaseError becomes 503 unavailable
                const bool reached = co_await is_reached(shared);
                co_return reached ? status("ready") : degraded("redis");
              }});
}

}  // namespace secureauth::app
