#pragma once

// For integration tests only.
#include "core/environment_fixture.hpp"
#include "db/postgres/conninfo.hpp"
#include "db/postgres/postgres_database.hpp"
#include "db/postgres/postgres_migrations.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::db {

/// A test on the scratch database that SECUREAUTH_TEST_POSTGRES names, emptied first; skipped without it. Coroutines
/// run on one io_context, whose run() returns when they are done: idle connections do not keep it.
class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto url = test_variable("SECUREAUTH_TEST_POSTGRES");
    if (!url) GTEST_SKIP() << "SECUREAUTH_TEST_POSTGRES names no scratch database";
    url_ = *url;
    PostgresMigrations scratch(url_);
    scratch.execute(Statement{"DROP SCHEMA public CASCADE"}, Params());
    scratch.execute(Statement{"CREATE SCHEMA public"}, Params());
    scratch.execute(Statement{"CREATE TABLE counters (name text PRIMARY KEY, value integer NOT NULL)"}, Params());
    scratch.execute(Statement{"INSERT INTO counters VALUES ('a', 0), ('b', 0)"}, Params());
    database_ = open_postgres(options());
    other_ = open_postgres(options());
  }

  [[nodiscard]] PostgresOptions options() const {
    PostgresOptions options;
    options.url = url_;
    options.connections = 4;
    options.pool_wait = std::chrono::seconds(20);
    return options;
  }

  /// The scratch database by another way: several hosts, say. `hosts` and `ports` are comma-separated; `%` stands for
  /// the real ones.
  [[nodiscard]] std::string url_by(std::string hosts, std::string ports, const std::string& more = "") const {
    const postgres::ConnectionString where(url_);
    const auto& real = where.hosts().front();
    const auto fill = [](std::string& list, const std::string& value) {
      for (auto at = list.find('%'); at != std::string::npos; at = list.find('%', at + value.size())) {
        list.replace(at, 1, value);
      }
    };
    fill(hosts, real.address.empty() ? real.name : real.address);
    fill(ports, real.port.empty() ? "5432" : real.port);
    std::string url = "postgresql://?host=" + hosts + "&port=" + ports + more;
    for (const auto* keyword : {"user", "password", "dbname"}) {
      if (const auto value = where.value(keyword); !value.empty()) url += std::string("&") + keyword + '=' + value;
    }
    return url;
  }

  /// Both sides of a test get here before either goes on; who comes again after that does not wait.
  net::awaitable<void> meet() {
    if (++met_ == 2) meeting_.cancel();
    if (met_ < 2) co_await meeting_.async_wait(net::as_tuple(net::use_awaitable));
  }

  template <class T>
  std::future<T> start(net::awaitable<T> work) {
    return net::co_spawn(io_, std::move(work), net::use_future);
  }
  void finish() {
    io_.restart();
    io_.run();
  }
  template <class T>
  T run(net::awaitable<T> work) {
    auto result = start(std::move(work));
    finish();
    return result.get();
  }
  Rows execute(std::string_view sql, Params params = Params()) {
    return run(database_->execute(Statement{sql}, std::move(params)));
  }
  std::int64_t number(std::string_view sql) { return execute(sql).front().integer(0); }
  std::int64_t counter(std::string name) {
    return execute("SELECT value FROM counters WHERE name = $1", Params(std::move(name))).front().integer(0);
  }

  /// Ends the session of a server process from another connection, once it is there.
  net::awaitable<void> terminate(std::int64_t pid) {
    Params params(pid);
    co_await other_->execute(Statement{"SELECT pg_terminate_backend($1::bigint::integer, 5000)"}, std::move(params));
  }
  /// The process that runs a statement which mentions `mark`, once one does.
  net::awaitable<std::int64_t> process_running(std::string mark) {
    for (;;) {
      Params params('%' + mark + '%');
      const auto rows = co_await other_->execute(
          Statement{"SELECT pid, pg_sleep(0.01)::text FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1"
                    " AND pid <> pg_backend_pid()"},
          std::move(params));
      if (!rows.empty()) co_return rows.front().integer(0);
    }
  }

  std::string url_;
  net::io_context io_{1};
  int met_ = 0;
  net::steady_timer meeting_{io_, std::chrono::seconds(20)};
  std::shared_ptr<Database> database_;
  std::shared_ptr<Database> other_;
};

/// What an exception of type E says; fails the test where `action` throws none.
template <class E, class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "threw something else: " << error.what();
    return {};
  }
  ADD_FAILURE() << "threw nothing";
  return {};
}

}  // namespace secureauth::db
