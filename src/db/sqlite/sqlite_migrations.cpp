#include "db/sqlite/sqlite_migrations.hpp"

#include <algorithm>
#include <cstdlib>

namespace secureauth::db {
namespace {

constexpr Statement kHasTable{R"sql(SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)sql"};
constexpr Statement kDescribe{R"sql(
  SELECT type || ' ' || name || coalesce(': ' || sql, '') AS line FROM sqlite_schema
   WHERE name NOT LIKE 'sqlite\_stat%' ESCAPE '\' ORDER BY line)sql"};
constexpr Statement kBrokenForeignKeys{R"sql(SELECT "table", parent FROM pragma_foreign_key_check LIMIT 1)sql"};

// A folder that goes with everything in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "secureauth-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw DatabaseError("no temporary folder can be made");
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A definition is kept as it was written; laid out in another way it is the same.
std::string on_one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank) line.push_back(c);
    if (blank && !line.ends_with(' ')) line.push_back(' ');
  }
  return line;
}

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

std::vector<std::string> SqliteMigrations::describe() {
  std::vector<std::string> lines;
  for (const auto& row : execute(kDescribe, Params())) lines.push_back(on_one_line(row.text(0)));
  std::ranges::sort(lines);
  return lines;
}

std::vector<std::string> SqliteMigrations::describe_after(const std::function<void(MigrationBackend&)>& build) {
  const ScratchFolder folder;
  SqliteMigrations scratch(folder.path() / "expected.db");
  build(scratch);
  return scratch.describe();
}

}  // namespace secureauth::db
