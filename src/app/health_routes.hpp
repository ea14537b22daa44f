#pragma once

#include "db/database.hpp"
#include "http/router.hpp"

namespace secureauth::app {

/// `/health`: the process answers. `/health/ready`: the record store can take a write too, else 503. Neither tells a
/// cause (ASVS 13.4.5); the log does.
void add_health_routes(http::Router& router, db::Database& database);

}  // namespace secureauth::app
