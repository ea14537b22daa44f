#pragma once

// For unit tests only.
#include "db/sqlite/sqlite_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace secureauth::db {

/// A folder of its own, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "secureauth-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A test that runs coroutines against a SQLite file. The database goes before the io_context, as in the service.
class SqliteTest : public testing::Test {
 protected:
  template <class T>
  T run(net::awaitable<T> coroutine) {
    auto result = net::co_spawn(io_, std::move(coroutine), net::use_future);
    io_.restart();
    io_.run();
    return result.get();
  }
  Rows execute(std::string_view sql, Params params = Params()) {
    return run(database_->execute(Statement{sql}, std::move(params)));
  }
  void open() { database_ = open_sqlite(file_, {.busy_timeout = std::chrono::milliseconds(50)}); }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "data" / "test.db";
  net::io_context io_;
  std::shared_ptr<Database> database_;
};

/// What a DatabaseError says; empty when `action` throws none.
template <class Action>
std::string database_error_of(Action action) {
  try {
    action();
  } catch (const DatabaseError& error) {
    return error.what();
  }
  return {};
}

}  // namespace secureauth::db
