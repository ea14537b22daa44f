#pragma once

#include "db/migrations.hpp"
#include "db/sqlite/connection.hpp"

#include <chrono>
#include <filesystem>

namespace secureauth::db {

/// Migrations on a SQLite file, over a connection of its own. The write lock is the migration lock. Foreign keys are
/// off while a migration rebuilds tables and checked as a whole before it commits, as SQLite advises
/// (https://www.sqlite.org/lang_altertable.html#otheralter).
class SqliteMigrations final : public MigrationBackend {
 public:
  /// `patience` is how long to wait for another process's migration.
  explicit SqliteMigrations(const std::filesystem::path& file, sqlite::Missing missing = sqlite::Missing::made,
                            std::chrono::milliseconds patience = std::chrono::minutes(1));

  void exclusively(const std::function<void()>& work) override;
  void run_script(std::string_view script) override;
  Rows execute(Statement statement, Params params) override;
  bool has_table(std::string_view name) override;
  std::vector<std::string> describe() override;
  std::vector<std::string> describe_after(const std::function<void(MigrationBackend&)>& build) override;

 private:
  sqlite::Connection connection_;
};

}  // namespace secureauth::db
