#pragma once

#include "db/database.hpp"
#include "db/sqlite/file.hpp"

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::db::sqlite {

struct ConnectionOptions {
  std::chrono::milliseconds busy_timeout{5000};  ///< how long to wait for another process's lock
  bool query_only = false;                       ///< refuse to write
  bool foreign_keys = true;                      ///< off for migrations, which check them as a whole instead
  Missing missing = Missing::made;
};

/// One synchronous connection to a SQLite file, hardened and durable: WAL, synchronous=FULL (what was committed
/// survives a power cut), defensive mode, untrusted schema, bounded page cache. Used by one thread at a time.
/// Every function throws DatabaseError (ConstraintViolation where a constraint refused a row).
/// Source: https://www.sqlite.org/security.html §1.1; https://www.sqlite.org/pragma.html#pragma_synchronous.
class Connection {
 public:
  /// Opens `file`, making it and its folder where missing unless the options refuse that. One clear sentence for each
  /// fault.
  explicit Connection(const std::filesystem::path& file, ConnectionOptions options = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one statement, prepared once and kept by the address of its text. Outside a transaction it is its own, and
  /// refuses when the file was deleted or replaced. Throws std::logic_error when the parameters do not fit: a bug.
  Rows execute(Statement statement, const Params& params);

  /// Runs the statements of a script one after another. It cannot begin or end a transaction, nor attach a file.
  void run_script(std::string_view script);

  /// Begins a write transaction, taking the write lock at once.
  void begin();
  /// On an error the transaction is rolled back.
  void commit();
  /// Ends the open transaction, if any, keeping nothing of it.
  void rollback() noexcept;

  /// Proves that a write could begin now; writes nothing.
  void check_writable();

  /// Moves what the log holds into the file, as far as readers allow. Never fails: the log is as durable as the file.
  void checkpoint() noexcept;

 private:
  struct CloseConnection {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;
  struct Prepared {
    StatementHandle handle;
    std::vector<int> positions;  ///< SQLite's index of `$1`, `$2`, …
  };

  void open();
  void configure(const ConnectionOptions& options);
  void enter_wal(std::chrono::milliseconds patience);
  void check(int code);
  void pragma(const std::string& sql);
  /// A deleted or replaced file would swallow every commit without a word.
  void require_in_place();

  Prepared prepare(std::string_view sql);
  Prepared& prepared(Statement statement);
  void bind(const Prepared& statement, const std::vector<Value>& values);
  Rows collect(sqlite3_stmt* statement);

  std::filesystem::path file_;
  std::filesystem::path log_;
  FileIdentity log_identity_;
  std::unique_ptr<sqlite3, CloseConnection> connection_;
  std::map<std::pair<const char*, std::size_t>, Prepared> statements_;  // after connection_: finalized before it closes
};

}  // namespace secureauth::db::sqlite
