#include "db/postgres/postgres_fixture.hpp"

#include <thread>

namespace secureauth::db {
namespace {

class PostgresMigrationsTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    execute("DROP TABLE counters");
    backend_ = std::make_unique<PostgresMigrations>(url_);
  }
  Migrations migrations(std::vector<Migration> known = read_migrations(embedded::migrations())) {
    return {*backend_, std::move(known), clock_};
  }

  SystemClock clock_;
  std::unique_ptr<PostgresMigrations> backend_;
};

constexpr std::chrono::milliseconds kShort{100};

TEST_F(PostgresMigrationsTest, UpDownAndUpAgainMakesTheSameSchema) {
  auto all = migrations();
  EXPECT_FALSE(all.upgrade().empty());
  const auto first = backend_->describe();
  EXPECT_GT(first.size(), 40U);
  all.downgrade(0);
  EXPECT_EQ(backend_->describe().size(), 7U);  // the table of migrations: itself, four columns, its key, its index
  all.upgrade();
  EXPECT_EQ(backend_->describe(), first);
}

TEST_F(PostgresMigrationsTest, TheLiveSchemaIsComparedWithWhatTheMigrationsMake) {
  auto all = migrations();
  all.upgrade();
  EXPECT_EQ(all.differences(), std::vector<std::string>{});
  execute("ALTER TABLE users ALTER COLUMN role SET DEFAULT 'admin'");
  execute("DROP INDEX audit_logs_by_at");
  const auto found = all.differences();
  EXPECT_EQ(found, (std::vector<std::string>{
                       "missing: column users.role text NOT NULL DEFAULT 'user'::text",
                       "missing: index CREATE INDEX audit_logs_by_at ON audit_logs USING btree (at)",
                       "unexpected: column users.role text NOT NULL DEFAULT 'admin'::text",
                   }));
}

TEST_F(PostgresMigrationsTest, SeveralInstancesMayUpgradeAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      PostgresMigrations backend(url_);
      Migrations(backend, read_migrations(embedded::migrations()), clock_).upgrade();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(migrations().pending().empty());
}

TEST_F(PostgresMigrationsTest, AFailingOneLeavesTheSchemaAsItWas) {
  auto one = migrations({{1, "bad", "CREATE TABLE t (id integer); CREATE TABLE t (id integer);", "", "x"}});
  const auto message = message_of<DatabaseError>([&] { one.upgrade(); });
  EXPECT_NE(message.find("0001_bad"), std::string::npos) << message;
  EXPECT_EQ(backend_->describe(), std::vector<std::string>{});
}

TEST_F(PostgresMigrationsTest, AScriptCannotEndTheTransactionItRunsIn) {
  for (const auto* script : {"CREATE TABLE t (id integer); COMMIT; CREATE TABLE u (id integer);", "ROLLBACK; BEGIN",
                             "create table t (id integer); /* */ Commit and chain"}) {
    auto one = migrations({{1, "bad", script, "", "x"}});
    EXPECT_THROW(one.upgrade(), DatabaseError) << script;
    EXPECT_EQ(backend_->describe(), std::vector<std::string>{}) << script;
  }
}

TEST_F(PostgresMigrationsTest, AValueThatNoColumnHoldsFailsItsMigrationByName) {  // 22xxx
  auto one = migrations({{1, "bad", "SELECT 1 / 0", "", "x"}});
  const auto message = message_of<DatabaseError>([&] { one.upgrade(); });
  EXPECT_NE(message.find("0001_bad"), std::string::npos) << message;
}

TEST_F(PostgresMigrationsTest, ATableThatSomebodyReadsIsWaitedForABoundedTime) {
  execute("CREATE TABLE t (id integer)");
  auto read = [this]() -> net::awaitable<std::unique_ptr<Transaction>> {
    auto tx = co_await database_->begin();
    co_await tx->execute(Statement{"SELECT id FROM t"}, Params());
    co_return tx;
  };
  auto reader = run(read());
  backend_ = std::make_unique<PostgresMigrations>(url_, MigrationWaits{.table = kShort});
  auto one = migrations({{1, "drop", "DROP TABLE t", "CREATE TABLE t (id integer)", "x"}});
  const auto message = message_of<DatabaseError>([&] { one.upgrade(); });
  EXPECT_NE(message.find("0001_drop"), std::string::npos) << message;
  EXPECT_NE(message.find("somebody holds a table"), std::string::npos) << message;
  reader.reset();
  run(database_->check_ready());  // the rollback has arrived
  EXPECT_EQ(one.upgrade().size(), 1U);
}

TEST_F(PostgresMigrationsTest, AnotherProcessThatMigratesIsWaitedForABoundedTime) {
  PostgresMigrations impatient(url_, MigrationWaits{.turn = kShort});
  backend_->exclusively([&] {
    const auto message = message_of<DatabaseError>([&] { impatient.exclusively([] { ADD_FAILURE(); }); });
    EXPECT_NE(message.find("another process has been migrating"), std::string::npos) << message;
  });
  bool had_its_turn = false;
  impatient.exclusively([&] { had_its_turn = true; });
  EXPECT_TRUE(had_its_turn);
}

TEST_F(PostgresMigrationsTest, SeesWhatWasCommittedWhileItWaitedWhateverTheRolesDefault) {
  PostgresMigrations backend(url_by("%", "%", "&options=-c%20default_transaction_isolation%3Dserializable"));
  backend.exclusively([&] {
    EXPECT_EQ(backend.execute(Statement{"SHOW transaction_isolation"}, Params()).front().text(0), "read committed");
  });
}

TEST_F(PostgresMigrationsTest, ALineThatIsForThisStoreAloneIsRun) {
  constexpr Statement kCollation{R"sql(
    SELECT c.collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation
     WHERE a.attrelid = CAST('users' AS regclass) AND a.attname = 'email_key')sql"};
  auto all = migrations();
  all.upgrade();
  // Whatever the database's own: addresses with one prefix stand together (migration 0008).
  EXPECT_EQ(backend_->execute(kCollation, Params()).front().text(0), "C");
  all.downgrade(7);
  EXPECT_EQ(backend_->execute(kCollation, Params()).front().text(0), "default");
}

TEST_F(PostgresMigrationsTest, AnEditedOneIsRefused) {
  migrations().upgrade();
  auto edited = read_migrations(embedded::migrations());
  edited.front().checksum = "another";
  EXPECT_THROW(migrations(edited).pending(), MigrationRefused);
}

}  // namespace
}  // namespace secureauth::db
