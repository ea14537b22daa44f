#pragma once

#include "core/net.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>

namespace secureauth::db {

/// The newest migration that the database has, such as `0001_initial`; nothing: it has none. `database` must outlive
/// the call. Throws DatabaseError.
net::awaitable<std::optional<std::string>> schema_revision(Executor& database);

}  // namespace secureauth::db
