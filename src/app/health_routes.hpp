#pragma once

#include "db/database.hpp"
#include "http/router.hpp"
#include "sessions/session_gate.hpp"

#include <boost/json/object.hpp>

#include <functional>

namespace secureauth::app {

struct HealthParts {
  db::Database& database;
  std::function<net::awaitable<bool>()> redis_serves;
  std::function<bool()> is_leaving;  ///< about to stop
};

/// `/health`: the process answers. `/health/ready`: it is to be asked, else 503: the record store can take a write, and
/// the process is not about to stop; "degraded" while Redis does not serve, for everything goes on without it. Neither
/// tells a cause (ASVS 13.4.5); the log does.
void add_health_routes(http::Router& router, HealthParts parts);

/// `/admin/health`, for staff: `read` says how everything is (service_health.hpp).
void add_admin_health_route(http::Router& router, const sessions::SessionGate& gate,
                            std::function<net::awaitable<boost::json::object>()> read);

}  // namespace secureauth::app
