#include "app/health_routes.hpp"

namespace secureauth::app {
namespace {

http::Response status(std::string_view text) {
  return http::json({{"status", text}});
}

}  // namespace

void add_health_routes(http::Router& router, db::Database& database) {
  router.add({http::Method::get, "/health", http::Body::none,
              [](http::Request&) -> net::awaitable<Result<http::Response>> { co_return status("ok"); }});
  router.add({http::Method::get, "/health/ready", http::Body::none,
              [&database](http::Request&) -> net::awaitable<Result<http::Response>> {
                co_await database.check_ready();  // a DatabaseError becomes 503 unavailable
                co_return status("ready");
              }});
}

}  // namespace secureauth::app
