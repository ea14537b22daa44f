#pragma once

#include "db/database.hpp"
#include "http/router.hpp"

#include <functional>

namespace secureauth::app {

/// `/health`: the process answers. `/health/ready`: the record store can take a write too, else 503; "degraded" while
/// Redis does not serve (`redis_serves` says so), for everything goes on without it. Neither tells a cause
/// (ASVS 13.4.5); the log does.
void add_health_routes(http::Router& router, db::Database& database,
                       std::function<net::awaitable<bool>()> redis_serves);

}  // namespace secureauth::app
