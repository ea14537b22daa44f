#pragma once

#include "db/database.hpp"
#include "db/migrations.hpp"
#include "settings/config.hpp"

#include <memory>

namespace secureauth::app {

/// Makes SQLite's file, empty, where it is not there yet: for what may begin a service, never for what works on one. A
/// mistyped path would be a new, empty service. True: it was made now. Throws db::DatabaseError.
bool make_record_store(const settings::Config& config);

/// Throws db::DatabaseError where SQLite's file is not there.
void require_record_store(const settings::Config& config);

/// The record store that DATABASE_URL names. SQLite's file must be there; PostgreSQL is first connected to when it is
/// used. Throws db::DatabaseError with one clear sentence.
[[nodiscard]] std::shared_ptr<db::Database> open_record_store(const settings::Config& config);

/// The same store for migrations: synchronous, on a connection of its own. Throws db::DatabaseError.
[[nodiscard]] std::unique_ptr<db::MigrationBackend> open_migration_backend(const settings::Config& config);

}  // namespace secureauth::app
