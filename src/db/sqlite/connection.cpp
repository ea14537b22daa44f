#include "db/sqlite/connection.hpp"

#include "db/sqlite/fault.hpp"
#include "db/sqlite/values.hpp"

#include <stdexcept>
#include <string>
#include <thread>

namespace secureauth::db::sqlite {
namespace {

constexpr int kCacheKib = 2048;
constexpr int kLogLimitBytes = 16 << 20;
constexpr std::chrono::milliseconds kRetryPause{5};

constexpr Statement kBegin{"BEGIN IMMEDIATE"};
constexpr Statement kCommit{"COMMIT"};

// Leaves a statement ready for its next use however this one ended, and holding no parameter's bytes.
class Use {
 public:
  explicit Use(sqlite3_stmt* statement) : statement_(statement) {}
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  sqlite3_stmt* statement_;
};

// What a migration script must not do: it runs inside the runner's transaction, in the service's own file.
int authorize_script(void*, int action, const char*, const char*, const char*, const char*) {
  const bool forbidden = action == SQLITE_TRANSACTION || action == SQLITE_ATTACH || action == SQLITE_DETACH;
  return forbidden ? SQLITE_DENY : SQLITE_OK;
}

}  // namespace

Connection::Connection(const std::filesystem::path& file, ConnectionOptions options)
    : file_(std::filesystem::absolute(file)), log_(file_.string() + "-wal") {
  prepare_file(file_, options.missing);
  open();
  configure(options);
}

Connection::~Connection() = default;

void Connection::check(int code) {
  if (code != SQLITE_OK) raise(connection_.get(), code, file_);
}

void Connection::open() {
  sqlite3* handle = nullptr;
  // No mutex: one thread at a time is this class's rule. No CREATE: prepare_file made it, with the right mode.
  const int code = sqlite3_open_v2(file_.c_str(), &handle,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  connection_.reset(handle);  // to be closed even when opening failed
  check(code);
  // SQLite opens what it may not write for reading, without a word.
  if (sqlite3_db_readonly(handle, "main") == 1) {
    throw DatabaseError("the database " + file_.string() + " is read-only: the service must be able to write to it");
  }
}

void Connection::configure(const ConnectionOptions& options) {
  auto* handle = connection_.get();
  check(sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count())));
  check(sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr));
  check(sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr));  // "x" is a name, never a string
  check(sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr));
  pragma("PRAGMA trusted_schema = OFF");
  pragma("PRAGMA cell_size_check = ON");
  pragma("PRAGMA temp_store = MEMORY");
  pragma("PRAGMA cache_size = -" + std::to_string(kCacheKib));
  enter_wal(options.busy_timeout);
  pragma("PRAGMA synchronous = FULL");
  pragma("PRAGMA journal_size_limit = " + std::to_string(kLogLimitBytes));
  pragma(options.foreign_keys ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
  if (options.query_only) pragma("PRAGMA query_only = ON");
}

// Two processes that turn one new file to WAL at once get SQLITE_BUSY without the busy timeout being asked: each waits
// for the other. One of them wins; the other finds it done.
void Connection::enter_wal(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto statement = prepare("PRAGMA journal_mode = WAL");
    const int code = sqlite3_step(statement.handle.get());
    if (code == SQLITE_ROW && read_column(statement.handle.get(), 0) == Value("wal")) break;
    if (code == SQLITE_ROW) throw DatabaseError("the database " + file_.string() + " cannot use a write-ahead log");
    if ((code & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() >= deadline) check(code);
    std::this_thread::sleep_for(kRetryPause);
  }
  pragma("SELECT count(*) FROM sqlite_schema");  // makes the log file, and proves that the file can be read
  log_identity_ = identity_of(log_);
}

void Connection::pragma(const std::string& sql) {
  const auto statement = prepare(sql);
  collect(statement.handle.get());
}

void Connection::require_in_place() {
  int moved = 0;
  check(sqlite3_file_control(connection_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved));
  if (moved != 0 || identity_of(log_) != log_identity_) {
    throw DatabaseError("the database " + file_.string() +
                        " was deleted or replaced while in use: restart the service");
  }
}

Connection::Prepared Connection::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  check(sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &handle, &rest));
  Prepared statement{StatementHandle(handle), {}};
  const auto tail = std::string_view(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest));
  if (handle == nullptr || tail.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    throw std::logic_error("not exactly one statement: " + std::string(sql));
  }
  for (int i = 1; i <= sqlite3_bind_parameter_count(handle); ++i) {
    const int position = sqlite3_bind_parameter_index(handle, ("$" + std::to_string(i)).c_str());
    if (position == 0) throw std::logic_error("parameters are not $1, $2, … in: " + std::string(sql));
    statement.positions.push_back(position);
  }
  return statement;
}

Connection::Prepared& Connection::prepared(Statement statement) {
  const std::pair key(statement.sql.data(), statement.sql.size());
  const auto found = statements_.find(key);
  if (found != statements_.end()) {
    // Cheap beside running it, and a text that was not static can never run as another.
    if (sqlite3_sql(found->second.handle.get()) == statement.sql) return found->second;
    statements_.erase(found);
  }
  return statements_.emplace(key, prepare(statement.sql)).first->second;
}

void Connection::bind(const Prepared& statement, const std::vector<Value>& values) {
  if (values.size() != statement.positions.size()) {
    throw std::logic_error("a statement was given " + std::to_string(values.size()) + " parameters, it takes " +
                           std::to_string(statement.positions.size()));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    check(bind_value(statement.handle.get(), statement.positions[i], values[i]));
  }
}

Rows Connection::collect(sqlite3_stmt* statement) {
  const auto before = sqlite3_total_changes64(connection_.get());
  Rows result;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) result.rows.push_back(read_row(statement));
  if (code != SQLITE_DONE) check(code);
  // changes() speaks of the last statement that changed anything, total_changes() tells whether this one did;
  // only the former leaves out the rows that a cascade took along.
  const bool changed = sqlite3_total_changes64(connection_.get()) != before;
  if (changed) result.affected = static_cast<std::size_t>(sqlite3_changes64(connection_.get()));
  return result;
}

Rows Connection::execute(Statement statement, const Params& params) {
  auto& found = prepared(statement);
  if (sqlite3_get_autocommit(connection_.get()) != 0) require_in_place();
  const Use use(found.handle.get());
  bind(found, params.values());
  return collect(found.handle.get());
}

void Connection::run_script(std::string_view script) {
  sqlite3_set_authorizer(connection_.get(), authorize_script, nullptr);
  const std::unique_ptr<sqlite3, void (*)(sqlite3*)> lift(
      connection_.get(), [](sqlite3* handle) { sqlite3_set_authorizer(handle, nullptr, nullptr); });
  while (!script.empty()) {
    sqlite3_stmt* handle = nullptr;
    const char* rest = nullptr;
    const int code =
        sqlite3_prepare_v2(connection_.get(), script.data(), static_cast<int>(script.size()), &handle, &rest);
    const StatementHandle statement(handle);
    if (code == SQLITE_AUTH) throw DatabaseError("a script may not begin or end a transaction, nor attach a file");
    check(code);
    script.remove_prefix(static_cast<std::size_t>(rest - script.data()));
    if (handle != nullptr) collect(handle);  // null: white space or a comment
  }
}

void Connection::begin() {
  execute(kBegin, Params());
}

void Connection::commit() {
  try {
    require_in_place();
    execute(kCommit, Params());
  } catch (...) {
    rollback();
    throw;
  }
}

void Connection::rollback() noexcept {
  // It can only fail by having nothing left to roll back: SQLite does it by itself after a full disk or an I/O error.
  if (sqlite3_get_autocommit(connection_.get()) == 0) {
    sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Connection::check_writable() {
  begin();
  rollback();
}

void Connection::checkpoint() noexcept {
  sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace secureauth::db::sqlite
