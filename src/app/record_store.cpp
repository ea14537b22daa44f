#include "app/record_store.hpp"

#include "db/measured_database.hpp"
#include "db/postgres/postgres_database.hpp"
#include "db/postgres/postgres_migrations.hpp"
#include "db/sqlite/file.hpp"
#include "db/sqlite/sqlite_database.hpp"
#include "db/sqlite/sqlite_migrations.hpp"

namespace secureauth::app {

using db::sqlite::Missing;

bool make_record_store(const settings::Config& config) {
  return config.postgres_url.empty() && db::sqlite::prepare_file(config.sqlite_path, Missing::made);
}

void require_record_store(const settings::Config& config) {
  if (config.postgres_url.empty()) db::sqlite::prepare_file(config.sqlite_path, Missing::refused);
}

std::shared_ptr<db::Database> open_record_store(const settings::Config& config) {
  if (config.postgres_url.empty()) {
    return db::measured(db::open_sqlite(config.sqlite_path, {.missing = Missing::refused}));
  }
  auto postgres = db::open_postgres({.url = config.postgres_url,
                                     .connections = config.database_pool_size,
                                     .io_contexts = config.io_threads,
                                     .connect_timeout = config.database_connect_timeout,
                                     .statement_timeout = config.database_statement_timeout,
                                     .pool_wait = config.database_pool_wait});
  return db::measured(std::move(postgres));
}

std::unique_ptr<db::MigrationBackend> open_migration_backend(const settings::Config& config) {
  if (config.postgres_url.empty()) {
    return std::make_unique<db::SqliteMigrations>(config.sqlite_path, Missing::refused);
  }
  return std::make_unique<db::PostgresMigrations>(config.postgres_url);
}

}  // namespace secureauth::app
