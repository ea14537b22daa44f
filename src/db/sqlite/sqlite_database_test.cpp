#include "db/sqlite/sqlite_database.hpp"

#include "db/sqlite/sqlite_fixture.hpp"

#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>

namespace secureauth::db {
namespace {

class SqliteDatabaseTest : public SqliteTest {
 protected:
  SqliteDatabaseTest() {
    open();
    execute("CREATE TABLE parents (id integer PRIMARY KEY)");
    execute(
        "CREATE TABLE things (name text NOT NULL UNIQUE, parent integer REFERENCES parents (id) ON DELETE CASCADE)");
  }
  std::int64_t count() { return execute("SELECT count(*) FROM things").front().integer(0); }

  static constexpr Statement kInsert{"INSERT INTO things (name) VALUES ($1)"};
};

TEST_F(SqliteDatabaseTest, EveryTypeOfValueComesBackAsItWentIn) {
  execute("CREATE TABLE kept (at integer, n integer, t text, u uuid, z timestamptz, b bytea, e bytea, x text)");
  const std::string text("\0nul and \xC3\xA9", 11);
  const Bytes bytes{std::byte{0}, std::byte{255}};
  const Timestamp time(std::chrono::microseconds(1'790'000'000'123'456));
  const auto uuid = "01234567-89ab-7def-8123-456789abcdef";
  execute("INSERT INTO kept VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
          Params{std::int64_t{INT64_MIN}, INT64_MAX, text, uuid, time, bytes, Bytes{}, std::optional<std::string>()});
  const auto rows = execute("SELECT at, n, t, u, z, b, e, x FROM kept");
  const auto& row = rows.front();
  EXPECT_EQ(row.integer(0), INT64_MIN);
  EXPECT_EQ(row.integer(1), INT64_MAX);
  EXPECT_EQ(row.text(2), text);
  EXPECT_EQ(row.text(3), uuid);
  EXPECT_EQ(row.time(4), time);
  EXPECT_EQ(row.optional_time(4), time);
  EXPECT_EQ(row.bytes(5), bytes);
  EXPECT_FALSE(row.is_null(6));
  EXPECT_TRUE(row.bytes(6).empty());
  EXPECT_TRUE(row.is_null(7));
  EXPECT_EQ(row.optional_text(7), std::nullopt);
}

TEST_F(SqliteDatabaseTest, AWrongTypeOrColumnIsABug) {
  const auto rows = execute("SELECT 1");
  EXPECT_THROW((void)rows.front().text(0), std::logic_error);
  EXPECT_THROW((void)rows.front().integer(1), std::logic_error);
}

TEST_F(SqliteDatabaseTest, ParametersAreBoundByNumberNotByPlace) {
  const auto rows = execute("SELECT $2, $1, $2", Params{"one", "two"});
  EXPECT_EQ(rows.front().text(0), "two");
  EXPECT_EQ(rows.front().text(1), "one");
  EXPECT_EQ(rows.front().text(2), "two");
}

TEST_F(SqliteDatabaseTest, AWrongNumberOfParametersIsABug) {
  EXPECT_THROW(execute("SELECT $1", Params()), std::logic_error);
  EXPECT_THROW(execute("SELECT $1", Params{1, 2}), std::logic_error);
  EXPECT_THROW(execute("SELECT ?", Params{1}), std::logic_error);
  EXPECT_THROW(execute("SELECT 1; SELECT 2"), std::logic_error);
}

TEST_F(SqliteDatabaseTest, CountsTheRowsAStatementChangedAndNotThoseOfACascade) {
  execute("INSERT INTO parents VALUES (1)");
  EXPECT_EQ(execute("INSERT INTO things VALUES ('a', 1), ('b', 1)").affected, 2U);
  EXPECT_EQ(execute("SELECT * FROM things").affected, 0U);
  EXPECT_EQ(execute("UPDATE things SET name = 'c' WHERE name = 'none'").affected, 0U);
  EXPECT_EQ(execute("INSERT INTO things VALUES ('a', 1) ON CONFLICT DO NOTHING").affected, 0U);
  const auto returned = execute("UPDATE things SET name = name || '!' RETURNING name");
  EXPECT_EQ(returned.affected, 2U);
  EXPECT_EQ(returned.size(), 2U);
  EXPECT_EQ(execute("DELETE FROM parents").affected, 1U);
  EXPECT_EQ(count(), 0);
}

TEST_F(SqliteDatabaseTest, ATextReusedAtOneAddressNeverRunsAsAnother) {
  std::string text = "SELECT 1";
  EXPECT_EQ(execute(text).front().integer(0), 1);
  text.back() = '2';
  EXPECT_EQ(execute(text).front().integer(0), 2);
}

TEST_F(SqliteDatabaseTest, ARefusedRowIsAConstraintViolationThatTellsNoValue) {
  execute("INSERT INTO things (name) VALUES ('secret-value')");
  try {
    run(database_->execute(kInsert, Params{"secret-value"}));
    ADD_FAILURE() << "a duplicate was taken";
  } catch (const ConstraintViolation& error) {
    EXPECT_EQ(std::string(error.what()).find("secret-value"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("things.name"), std::string::npos);
  }
  EXPECT_THROW(execute("INSERT INTO things VALUES ('orphan', 99)"), ConstraintViolation);
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteDatabaseTest, CommitsWhatReturnsAValueAndNothingElse) {
  auto insert = [this](std::string name, bool refuse) -> net::awaitable<Result<int>> {
    auto body = [name, refuse](Executor& executor) -> net::awaitable<Result<int>> {
      co_await executor.execute(kInsert, Params{name});
      if (refuse) co_return ErrorCode::conflict;
      co_return 7;
    };
    auto result = co_await database_->transaction(body);
    co_return result;
  };
  EXPECT_EQ(run(insert("kept", false)).value(), 7);
  EXPECT_EQ(run(insert("refused", true)).error().code, ErrorCode::conflict);
  EXPECT_EQ(execute("SELECT name FROM things").front().text(0), "kept");
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteDatabaseTest, AnExceptionRollsBackAndTheNextOneGetsItsTurn) {
  auto fail = [this]() -> net::awaitable<void> {
    auto body = [](Executor& executor) -> net::awaitable<Result<int>> {
      co_await executor.execute(kInsert, Params{"lost"});
      throw std::runtime_error("in the middle");
    };
    co_await database_->transaction(body);
  };
  EXPECT_THROW(run(fail()), std::runtime_error);
  execute("INSERT INTO things (name) VALUES ('next')");
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteDatabaseTest, AnErrorInsideATransactionEndsIt) {
  auto body = [this]() -> net::awaitable<void> {
    auto open = co_await database_->begin();
    co_await open->execute(kInsert, Params{"first"});
    bool refused = false;
    try {
      co_await open->execute(kInsert, Params{"first"});
    } catch (const ConstraintViolation&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    // Another gets its turn at once: the failed one holds nothing any more.
    co_await database_->execute(kInsert, Params{"another"});
    refused = false;
    try {
      co_await open->commit();
    } catch (const DatabaseError&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    co_await open->rollback();  // harmless
  };
  run(body());
  EXPECT_EQ(execute("SELECT name FROM things").front().text(0), "another");
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteDatabaseTest, ReadsOutsideSeeNothingUncommittedAndDoNotWait) {
  auto body = [this]() -> net::awaitable<void> {
    auto open = co_await database_->begin();
    co_await open->execute(kInsert, Params{"unseen"});
    const auto outside = co_await database_->execute(Statement{"SELECT count(*) FROM things"}, Params());
    EXPECT_EQ(outside.front().integer(0), 0);
    co_await open->commit();
    const auto after = co_await database_->execute(Statement{"SELECT count(*) FROM things"}, Params());
    EXPECT_EQ(after.front().integer(0), 1);
  };
  run(body());
}

TEST_F(SqliteDatabaseTest, TransactionsOfManyCoroutinesOnTwoThreadsLoseNoUpdate) {
  execute("INSERT INTO parents VALUES (0)");
  constexpr int kCoroutines = 100;
  auto increment = [this]() -> net::awaitable<void> {
    auto body = [](Executor& executor) -> net::awaitable<Result<int>> {
      const auto rows = co_await executor.execute(Statement{"SELECT max(id) FROM parents"}, Params());
      const auto next = rows.front().integer(0) + 1;
      co_await executor.execute(Statement{"UPDATE parents SET id = $1"}, Params{next});
      co_return 0;
    };
    const auto done = co_await database_->transaction(body);
    EXPECT_TRUE(done.has_value());
  };
  io_.restart();
  for (int i = 0; i < kCoroutines; ++i) {
    net::co_spawn(io_, increment(), [](const std::exception_ptr& error) { EXPECT_FALSE(error); });
  }
  std::thread second([this] { io_.run(); });
  io_.run();
  second.join();
  EXPECT_EQ(execute("SELECT id FROM parents").front().integer(0), kCoroutines);
}

TEST_F(SqliteDatabaseTest, WaitingTransactionsBeginInTheOrderTheyCame) {
  std::vector<int> order;
  auto take_turn = [&](int number) -> net::awaitable<void> {
    auto open = co_await database_->begin();
    order.push_back(number);
    co_await open->execute(kInsert, Params{std::to_string(number)});
    co_await open->commit();
  };
  io_.restart();
  for (int i = 0; i < 20; ++i) {
    net::co_spawn(io_, take_turn(i), [](const std::exception_ptr& error) { EXPECT_FALSE(error); });
  }
  io_.run();
  EXPECT_EQ(order.size(), 20U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(SqliteDatabaseTest, ClosingFinishesWhatWasQueuedAndRollsBackWhatWasLeftOpen) {
  std::unique_ptr<Transaction> left_open;
  auto leave = [&]() -> net::awaitable<void> {
    left_open = co_await database_->begin();
    co_await left_open->execute(kInsert, Params{"never committed"});
  };
  run(leave());
  auto queued = net::co_spawn(io_, database_->execute(kInsert, Params{"queued"}), net::use_future);
  io_.restart();
  io_.poll();         // enters the queue, and waits there for the transaction that nobody ends
  database_.reset();  // ends it
  io_.run();
  EXPECT_EQ(queued.get().affected, 1U);
  EXPECT_THROW(run(left_open->execute(kInsert, Params{"too late"})), DatabaseError);
  left_open.reset();
  open();
  EXPECT_EQ(execute("SELECT name FROM things").front().text(0), "queued");
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteDatabaseTest, CommitsWithAFullFlushAndChecksForeignKeys) {
  EXPECT_EQ(execute("PRAGMA synchronous").front().integer(0), 2);
  EXPECT_EQ(execute("PRAGMA journal_mode").front().text(0), "wal");
  EXPECT_EQ(execute("PRAGMA foreign_keys").front().integer(0), 1);
  EXPECT_EQ(execute("PRAGMA trusted_schema").front().integer(0), 0);
}

TEST_F(SqliteDatabaseTest, DataFilesArePrivateWhateverTheUmask) {  // DESIGN §4: mode 0600
  database_.reset();
  std::filesystem::remove_all(file_.parent_path());
  const auto umask_before = ::umask(0);
  open();
  execute("CREATE TABLE t (x integer)");
  ::umask(umask_before);
  using std::filesystem::perms;
  const auto mode = [](const std::filesystem::path& path) { return std::filesystem::status(path).permissions(); };
  EXPECT_EQ(mode(file_.parent_path()), perms::owner_all);
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    EXPECT_EQ(mode(file_.string() + suffix), perms::owner_read | perms::owner_write) << suffix;
  }
}

}  // namespace
}  // namespace secureauth::db
