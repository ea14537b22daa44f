#pragma once

#include "db/database.hpp"
#include "db/migrations.hpp"
#include "settings/config.hpp"

#include <memory>

namespace secureauth::app {

/// The record store that DATABASE_URL names. SQLite's file is made where missing; PostgreSQL is first connected to
/// when it is used. Throws db::DatabaseError with one clear sentence.
[[nodiscard]] std::shared_ptr<db::Database> open_record_store(const settings::Config& config);

/// The same store for migrations: synchronous, on a connection of its own. Throws db::DatabaseError.
[[nodiscard]] std::unique_ptr<db::MigrationBackend> open_migration_backend(const settings::Config& config);

}  // namespace secureauth::app
