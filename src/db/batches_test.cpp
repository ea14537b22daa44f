#include "db/batches.hpp"

#include "core/run_to_end.hpp"
#include "db/lease.hpp"
#include "db/migration_files.hpp"
#include "db/migrations.hpp"
#include "db/sqlite/sqlite_database.hpp"
#include "db/sqlite/sqlite_fixture.hpp"
#include "db/sqlite/sqlite_migrations.hpp"

#include <gtest/gtest.h>

namespace secureauth::db {
namespace {

constexpr Statement kMake{R"sql(
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
  INSERT INTO compatible_migrations (version, tolerates) SELECT n + 20000, n FROM numbers)sql"};
constexpr Statement kForget{R"sql(
  DELETE FROM compatible_migrations WHERE version IN
    (SELECT version FROM compatible_migrations WHERE version > $1 LIMIT $2))sql"};
constexpr Statement kMakeUsers{R"sql(
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
  INSERT INTO users (id, email, email_key, password_hash, created_at, updated_at, password_version)
  SELECT printf('%08x-0000-7000-8000-000000000000', n), 'u' || n, 'u' || n, 'x', '', '', 0 FROM numbers)sql"};
constexpr Statement kPageEnd{"SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2"};
constexpr Statement kSee{"UPDATE users SET password_version = password_version + $3 WHERE id > $1 AND id <= $2"};
constexpr Statement kSeen{"SELECT count(*) FROM users WHERE password_version = $1"};
constexpr Statement kCount{"SELECT count(*) FROM compatible_migrations WHERE version > 20000"};

class TurnableClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return now_; }
  void advance(std::chrono::seconds by) { now_ += by; }

 private:
  Timestamp now_{std::chrono::seconds(1'800'000'000)};
};

class BatchesTest : public testing::Test {
 protected:
  BatchesTest() {
    SqliteMigrations backend(file_);
    Migrations(backend, read_migrations(embedded::migrations()), clock_).upgrade();
    database_ = open_sqlite(file_);
  }
  void make(int rows) { run_to_end(database_->execute(kMake, Params(rows))); }
  std::int64_t left() { return run_to_end(database_->execute(kCount, Params())).front().integer(0); }
  void forget(const GoOn& go_on) { run_to_end(in_batches(*database_, kForget, Params(20000), go_on)); }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "test.db";
  TurnableClock clock_;
  std::shared_ptr<Database> database_;
};

TEST_F(BatchesTest, NoStatementChangesMoreThanABatch) {
  make(2500);
  std::vector<std::int64_t> seen;
  const GoOn look = [&]() -> net::awaitable<bool> {
    const auto rows = co_await database_->execute(kCount, Params());
    seen.push_back(rows.front().integer(0));
    co_return true;
  };
  forget(look);
  EXPECT_EQ(seen, (std::vector<std::int64_t>{1500, 500}));
  EXPECT_EQ(left(), 0);
}

TEST_F(BatchesTest, EndsWhenItIsToldTo) {
  make(2500);
  forget([]() -> net::awaitable<bool> { co_return false; });
  EXPECT_EQ(left(), 1500);
  forget(kWithoutPause);
  EXPECT_EQ(left(), 0);
}

class PagesTest : public BatchesTest {
 protected:
  PagesTest() { run_to_end(database_->execute(kMakeUsers, Params(2500))); }
  std::int64_t seen(int times) { return run_to_end(database_->execute(kSeen, Params(times))).front().integer(0); }
  std::size_t look(const GoOn& go_on) {
    return run_to_end(in_pages(*database_, {.last = kPageEnd, .change = kSee}, Params(1), go_on));
  }
};

TEST_F(PagesTest, EachRowIsSeenOnceAndNoMoreThanABatchAtATime) {
  std::vector<std::int64_t> left;
  const GoOn count = [&]() -> net::awaitable<bool> {
    const auto rows = co_await database_->execute(kSeen, Params(0));
    left.push_back(rows.front().integer(0));
    co_return true;
  };
  EXPECT_EQ(look(count), 2500U);
  EXPECT_EQ(left, (std::vector<std::int64_t>{1500, 500, 0}));
  EXPECT_EQ(seen(1), 2500) << "and none twice";
}

TEST_F(PagesTest, EndWhenTheyAreToldTo) {
  EXPECT_EQ(look([]() -> net::awaitable<bool> { co_return false; }), 1000U);
  EXPECT_EQ(seen(1), 1000);
}

TEST_F(BatchesTest, ALeaseHasOneHolderUntilItRunsOutOrIsReleased) {
  const std::chrono::seconds length{60};
  Lease one(*database_, clock_, "cleaning", "one", length);
  Lease two(*database_, clock_, "cleaning", "two", length);
  Lease other(*database_, clock_, "another", "two", length);
  EXPECT_TRUE(run_to_end(one.hold()));
  EXPECT_FALSE(run_to_end(two.hold()));
  EXPECT_TRUE(run_to_end(other.hold()));
  clock_.advance(length - std::chrono::seconds(1));
  EXPECT_TRUE(run_to_end(one.hold())) << "who holds it holds it for longer";
  clock_.advance(length - std::chrono::seconds(1));
  EXPECT_FALSE(run_to_end(two.hold()));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(run_to_end(two.hold())) << "killed without a word";
  run_to_end(one.release());
  EXPECT_FALSE(run_to_end(one.hold())) << "nobody releases another's";
  run_to_end(two.release());
  EXPECT_TRUE(run_to_end(one.hold()));
}

TEST_F(BatchesTest, AHoldFromAWrongClockLocksNobodyOut) {
  clock_.advance(std::chrono::hours(24 * 365));
  Lease ahead(*database_, clock_, "cleaning", "ahead", std::chrono::seconds(60));
  EXPECT_TRUE(run_to_end(ahead.hold()));
  clock_.advance(-std::chrono::hours(24 * 365));
  Lease right(*database_, clock_, "cleaning", "right", std::chrono::seconds(60));
  EXPECT_TRUE(run_to_end(right.hold()));
}

}  // namespace
}  // namespace secureauth::db
