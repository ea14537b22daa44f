#pragma once

#include "db/database.hpp"
#include "http/router.hpp"
#include "sessions/session_gate.hpp"

#include <boost/json/object.hpp>

#include <functional>

namespace secureauth::app {

/// `/health`: the process answers. `/health/ready`: the record store can take a write too, else 503; "degraded" while
/// Redis does not serve (`redis_serves` says so), for everything goes on without it. Neither tells a cause
/// (ASVS 13.4.5); the log does.
void add_health_routes(http::Router& router, db::Database& database,
                       std::function<net::awaitable<bool>()> redis_serves);

/// `/admin/health`, for staff: `read` says how everything is (service_health.hpp).
void add_admin_health_route(http::Router& router, const sessions::SessionGate& gate,
                            std::function<net::awaitable<boost::json::object>()> read);

}  // namespace secureauth::app
