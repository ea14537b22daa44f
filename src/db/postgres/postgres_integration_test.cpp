#include "db/postgres/postgres_fixture.hpp"

#include <stdexcept>

namespace secureauth::db {
namespace {

using Done = Result<void>;

TEST_F(PostgresTest, EveryTypeComesBackAsItWentIn) {
  const Timestamp time = from_rfc3339("2026-01-31T12:00:00.250000Z");
  const Bytes bytes{std::byte{0}, std::byte{0xff}, std::byte{'\\'}};
  const auto rows =
      execute("SELECT $1::bigint, $2::text, $3::bytea, $4::timestamptz, $5::boolean, $6::uuid, $7::smallint, $8::text",
              Params(std::int64_t{-9007199254740993}, "Größe 'quoted' \\", bytes, time, true,
                     "0198f000-0000-7000-8000-000000000000", 7, nullptr));
  const auto& row = rows.front();
  EXPECT_EQ(row.integer(0), -9007199254740993);
  EXPECT_EQ(row.text(1), "Größe 'quoted' \\");
  EXPECT_EQ(row.bytes(2), bytes);
  EXPECT_EQ(row.text(3), "2026-01-31T12:00:00.250000Z");
  EXPECT_EQ(row.integer(4), 1);
  EXPECT_EQ(row.text(5), "0198f000-0000-7000-8000-000000000000");
  EXPECT_EQ(row.integer(6), 7);
  EXPECT_TRUE(row.is_null(7));
}

TEST_F(PostgresTest, EmptyIsNotNull) {
  const auto rows = execute("SELECT $1::text, $2::bytea", Params("", Bytes{}));
  EXPECT_EQ(rows.front().text(0), "");
  EXPECT_EQ(rows.front().bytes(1), Bytes{});
}

TEST_F(PostgresTest, TimesHaveSixDigitsWhateverTheirFraction) {
  const auto rows = execute("SELECT '2026-01-31 12:00:00+02'::timestamptz, '2026-01-31 12:00:00.000001Z'::timestamptz");
  EXPECT_EQ(rows.front().text(0), "2026-01-31T10:00:00.000000Z");
  EXPECT_EQ(rows.front().text(1), "2026-01-31T12:00:00.000001Z");
}

TEST_F(PostgresTest, AMegabyteOfTextGoesBothWays) {
  const std::string text(1 << 20, 'x');
  EXPECT_EQ(execute("SELECT $1::text", Params(text)).front().text(0), text);
}

TEST_F(PostgresTest, AffectedCountsChangedRowsOnly) {
  EXPECT_EQ(execute("INSERT INTO counters VALUES ('c', 1), ('d', 1)").affected, 2U);
  EXPECT_EQ(execute("UPDATE counters SET value = 2 WHERE value = 1 RETURNING name").affected, 2U);
  EXPECT_EQ(execute("DELETE FROM counters WHERE value = 7").affected, 0U);
  EXPECT_EQ(execute("SELECT name FROM counters").affected, 0U);
}

TEST_F(PostgresTest, AnotherTextAtTheSameAddressIsAnotherStatement) {
  std::string sql = "SELECT 1";
  EXPECT_EQ(number(sql), 1);
  sql.back() = '2';
  EXPECT_EQ(number(sql), 2);
}

TEST_F(PostgresTest, ARefusedRowIsAConstraintViolationThatTellsNoValue) {
  const auto message =
      message_of<ConstraintViolation>([&] { execute("INSERT INTO counters VALUES ($1, 1)", Params("a")); });
  EXPECT_NE(message.find("23505"), std::string::npos) << message;
  EXPECT_EQ(message.find("(a)"), std::string::npos) << message;  // DETAIL would quote it
}

TEST_F(PostgresTest, AValueThatAColumnCannotHoldIsABugAndIsNotTold) {
  const auto message = message_of<std::logic_error>([&] { execute("SELECT $1::uuid", Params("no-uuid")); });
  EXPECT_EQ(message.find("no-uuid"), std::string::npos) << message;
  EXPECT_THROW(execute("SELECT $1::text", Params(std::string("a\0b", 3))), std::logic_error);
  EXPECT_THROW(execute("SELECT $1::text", Params("\xff")), std::logic_error);
  EXPECT_EQ(number("SELECT 1"), 1);
}

TEST_F(PostgresTest, AStatementThatIsWrongIsADatabaseErrorAndLeavesTheConnectionInOrder) {
  const auto process = number("SELECT pg_backend_pid()");
  EXPECT_NE(message_of<DatabaseError>([&] { execute("SELECT * FROM nowhere"); }).find("42P01"), std::string::npos);
  EXPECT_NE(message_of<DatabaseError>([&] { execute("SELEC 1"); }).find("42601"), std::string::npos);
  EXPECT_EQ(number("SELECT pg_backend_pid()"), process);
}

TEST_F(PostgresTest, ATransactionIsKeptWholeOrNotAtAll) {
  auto keep = [](Transaction& tx) -> net::awaitable<Done> {
    co_await tx.execute(Statement{"UPDATE counters SET value = 1 WHERE name = 'a'"}, Params());
    co_return Done{};
  };
  auto refuse = [](Transaction& tx) -> net::awaitable<Done> {
    co_await tx.execute(Statement{"UPDATE counters SET value = 2 WHERE name = 'a'"}, Params());
    co_return ErrorCode::conflict;
  };
  auto fail = [](Transaction& tx) -> net::awaitable<Done> {
    co_await tx.execute(Statement{"UPDATE counters SET value = 3 WHERE name = 'a'"}, Params());
    throw std::runtime_error("elsewhere");
  };
  EXPECT_TRUE(run(database_->transaction(keep)).has_value());
  EXPECT_FALSE(run(database_->transaction(refuse)).has_value());
  EXPECT_THROW(run(database_->transaction(fail)), std::runtime_error);
  EXPECT_EQ(counter("a"), 1);
}

TEST_F(PostgresTest, AnErrorEndsTheTransactionAtOnce) {
  auto work = [this]() -> net::awaitable<void> {
    const auto tx = co_await database_->begin();
    co_await tx->write(Statement{"UPDATE counters SET value = 1 WHERE name = 'a'"}, Params());
    bool refused = false;
    try {
      co_await tx->execute(Statement{"INSERT INTO counters VALUES ('a', 1)"}, Params());
    } catch (const ConstraintViolation&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    co_await tx->execute(Statement{"SELECT 1"}, Params());
  };
  EXPECT_NE(message_of<DatabaseError>([&] { run(work()); }).find("over"), std::string::npos);
  EXPECT_EQ(counter("a"), 0);
}

TEST_F(PostgresTest, ADeferredWriteIsThereForTheNextStatement) {
  auto body = [](Transaction& tx) -> net::awaitable<Result<std::int64_t>> {
    co_await tx.write(Statement{"UPDATE counters SET value = 5 WHERE name = 'a'"}, Params());
    const auto rows = co_await tx.execute(Statement{"SELECT value FROM counters WHERE name = 'a'"}, Params());
    co_return rows.front().integer(0);
  };
  EXPECT_EQ(run(database_->transaction(body)).value(), 5);
}

TEST_F(PostgresTest, ADeferredWriteThatFailsAtTheCommitKeepsNothing) {
  auto body = [](Transaction& tx) -> net::awaitable<Done> {
    co_await tx.execute(Statement{"UPDATE counters SET value = 1 WHERE name = 'a'"}, Params());
    co_await tx.write(Statement{"INSERT INTO counters VALUES ('b', 1)"}, Params());
    co_return Done{};
  };
  EXPECT_THROW(run(database_->transaction(body)), ConstraintViolation);
  EXPECT_EQ(counter("a"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock'"), 0);
}

TEST_F(PostgresTest, AnEmptyTransactionAsksNothingOfTheServer) {
  auto body = [](Transaction&) -> net::awaitable<Done> { co_return Done{}; };
  EXPECT_TRUE(run(database_->transaction(body)).has_value());
}

TEST_F(PostgresTest, WhatNamesTheSameSubjectRunsOneAfterAnother) {
  // Reads, then writes what it read plus one: without the lock, all would read the same.
  auto body = [](Transaction& tx) -> net::awaitable<Done> {
    tx.serialize_on("counter a");
    const auto rows = co_await tx.execute(Statement{"SELECT value FROM counters WHERE name = 'a'"}, Params());
    Params params(rows.front().integer(0) + 1);
    co_await tx.execute(Statement{"UPDATE counters SET value = $1 WHERE name = 'a'"}, std::move(params));
    co_return Done{};
  };
  constexpr int kMany = 40;
  std::vector<std::future<Done>> all;
  for (int i = 0; i < kMany; ++i) all.push_back(start((i % 2 == 0 ? database_ : other_)->transaction(body)));
  finish();
  for (auto& one : all) EXPECT_TRUE(one.get().has_value());
  EXPECT_EQ(counter("a"), kMany);
}

TEST_F(PostgresTest, CrossingTransactionsAreRunAgainUntilBothAreKept) {  // 40P01
  int runs = 0;
  auto cross = [this, &runs](std::string first, std::string second) {
    return [this, &runs, first, second](Transaction& tx) -> net::awaitable<Done> {
      ++runs;
      constexpr Statement kAdd{"UPDATE counters SET value = value + 1 WHERE name = $1"};
      co_await tx.execute(kAdd, Params(first));
      co_await meet();
      co_await tx.execute(kAdd, Params(second));
      co_return Done{};
    };
  };
  auto one = cross("a", "b");
  auto two = cross("b", "a");
  auto first = start(database_->transaction(one));
  auto second = start(database_->transaction(two));
  finish();
  EXPECT_TRUE(first.get().has_value());
  EXPECT_TRUE(second.get().has_value());
  EXPECT_EQ(counter("a"), 2);
  EXPECT_EQ(counter("b"), 2);
  EXPECT_EQ(runs, 3);
}

TEST_F(PostgresTest, ASerializationFailureIsRunAgain) {  // 40001
  int runs = 0;
  auto body = [this, &runs](Transaction& tx) -> net::awaitable<Done> {
    ++runs;
    co_await tx.write(Statement{"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"}, Params());
    const auto rows = co_await tx.execute(Statement{"SELECT value FROM counters WHERE name = 'a'"}, Params());
    co_await meet();
    Params params(rows.front().integer(0) + 1);
    co_await tx.execute(Statement{"UPDATE counters SET value = $1 WHERE name = 'a'"}, std::move(params));
    co_return Done{};
  };
  auto first = start(database_->transaction(body));
  auto second = start(database_->transaction(body));
  finish();
  EXPECT_TRUE(first.get().has_value());
  EXPECT_TRUE(second.get().has_value());
  EXPECT_EQ(counter("a"), 2);
  EXPECT_EQ(runs, 3);
}

TEST_F(PostgresTest, ManyAtOnceShareFewConnections) {
  auto named = options();
  named.url = url_by("%", "%", "&application_name=few");
  database_ = open_postgres(named);
  auto work = [this](std::int64_t mine) -> net::awaitable<bool> {
    for (int i = 0; i < 20; ++i) {
      Params params(mine);
      const auto rows = co_await database_->execute(Statement{"SELECT $1::bigint"}, std::move(params));
      if (rows.front().integer(0) != mine) co_return false;
    }
    co_return true;
  };
  std::vector<std::future<bool>> all;
  for (int i = 0; i < 200; ++i) all.push_back(start(work(i)));
  finish();
  for (auto& one : all) EXPECT_TRUE(one.get());
  EXPECT_LE(number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'few'"), 4);
}

TEST_F(PostgresTest, IsReadyWhenItTakesWrites) {
  EXPECT_NO_THROW(run(database_->check_ready()));
  auto read_only = options();
  read_only.url = url_by("%", "%", "&options=-c%20default_transaction_read_only%3Don");
  const auto standby = open_postgres(read_only);
  EXPECT_NE(message_of<DatabaseError>([&] { run(standby->check_ready()); }).find("read-only"), std::string::npos);
}

}  // namespace
}  // namespace secureauth::db
