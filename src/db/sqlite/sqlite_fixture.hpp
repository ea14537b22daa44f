#pragma once

// For unit tests only.
#include "core/temporary_folder_fixture.hpp"
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
