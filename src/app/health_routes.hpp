#pragma once

#include "db/database.hpp"
#include "ephemeral/shared_cache.hpp"
#include "http/router.hpp"

namespace secureauth::app {

/// `/health`: the process answers. `/health/ready`: the record store can take a write too, else 503; "degraded" while
/// the shared cache (null: none is configured) is out of reach, for everything goes on without it. Neither tells a
/// cause (ASVS 13.4.5); the log does.
void add_health_routes(http::Router& router, db::Database& database, ephemeral::SharedCache* shared);

}  // namespace secureauth::app
