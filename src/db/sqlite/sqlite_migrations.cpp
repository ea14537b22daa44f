#include "db/sqlite/sqlite_migrations.hpp"

namespace secureauth::db {
namespace {

constexpr Statement kHasTable{R"sql(SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)sql"};
constexpr Statement kBrokenForeignKeys{R"sql(SELECT "table", parent FROM pragma_foreign_key_check LIMIT 1)sql"};

}  // namespace

SqliteMigrations::SqliteMigrations(const std::filesystem::path& file, std::chrono::milliseconds patience)
    : connection_(file, {.busy_timeout = patience, .foreign_keys = false}) {}

void SqliteMigrations::exclusively(const std::function<void()>& work) {
  connection_.begin();
  try {
    work();
    const auto broken = connection_.execute(kBrokenForeignKeys, Params());
    if (!broken.empty()) {
      throw DatabaseError("the migration was rolled back: it leaves rows of " + broken.front().text(0) +
                          " that point at no row of " + broken.front().text(1));
    }
  } catch (...) {
    connection_.rollback();
    throw;
  }
  connection_.commit();
}

void SqliteMigrations::run_script(std::string_view script) {
  connection_.run_script(script);
}

Rows SqliteMigrations::execute(Statement statement, Params params) {
  return connection_.execute(statement, params);
}

bool SqliteMigrations::has_table(std::string_view name) {
  return !connection_.execute(kHasTable, Params{name}).empty();
}

}  // namespace secureauth::db
