#include "db/migrations.hpp"

#include "db/sqlite/sqlite_fixture.hpp"
#include "db/sqlite/sqlite_migrations.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

namespace secureauth::db {
namespace {

using embedded::File;

class FixedClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return Timestamp(std::chrono::seconds(1'800'000'000)); }
};

const std::vector<File> kFiles = {
    {"0001_people.down.sql", "DROP TABLE people;"},
    {"0001_people.up.sql", "-- who\nCREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL);\n"},
    {"0002_pets.down.sql", "DROP INDEX pets_by_owner; DROP TABLE pets;"},
    {"0002_pets.up.sql",
     "CREATE TABLE pets (name text, owner integer REFERENCES people (id));"
     "CREATE INDEX pets_by_owner ON pets (owner);"},
};

class MigrationsTest : public testing::Test {
 protected:
  Migrations with(std::vector<Migration> known) { return {backend_, std::move(known), clock_}; }
  Migrations with(const std::vector<File>& files) { return with(read_migrations(files)); }
  static std::vector<File> and_a_third(std::string_view up, std::string_view down = "SELECT 1;") {
    auto files = kFiles;
    files.push_back({"0003_third.up.sql", up});
    files.push_back({"0003_third.down.sql", down});
    return files;
  }
  // Every object of the schema as it was written, but for the runner's own table.
  std::string schema() {
    std::string text;
    const Statement objects{"SELECT sql FROM sqlite_schema WHERE tbl_name <> 'schema_migrations' ORDER BY type, name"};
    for (const auto& row : backend_.execute(objects, Params())) text += row.optional_text(0).value_or("-") + "\n";
    return text;
  }
  std::size_t count(std::string_view sql) { return backend_.execute(Statement{sql}, Params()).size(); }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "test.db";
  SqliteMigrations backend_{file_};
  FixedClock clock_;
};

std::vector<std::string> labels(const std::vector<Migration>& migrations) {
  std::vector<std::string> result;
  for (const auto& migration : migrations) result.push_back(migration.label());
  return result;
}

std::string refusal_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const MigrationRefused& refused) {
    return refused.what();
  }
  return "not refused";
}

TEST_F(MigrationsTest, AppliesWhatIsMissingInOrderAndOnlyOnce) {
  auto migrations = with(kFiles);
  EXPECT_EQ(labels(migrations.pending()), (std::vector<std::string>{"0001_people", "0002_pets"}));
  EXPECT_FALSE(migrations.current());
  EXPECT_EQ(labels(migrations.upgrade()), (std::vector<std::string>{"0001_people", "0002_pets"}));
  EXPECT_TRUE(migrations.upgrade().empty());
  EXPECT_TRUE(migrations.pending().empty());
  EXPECT_EQ(migrations.current()->label(), "0002_pets");
  EXPECT_EQ(migrations.current()->applied_at, clock_.now());
}

TEST_F(MigrationsTest, StopsAtTheTargetAndShowsTheRestAsPending) {
  auto migrations = with(kFiles);
  EXPECT_EQ(labels(migrations.upgrade(1)), std::vector<std::string>{"0001_people"});
  const auto history = migrations.history();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].applied_at, clock_.now());
  EXPECT_EQ(history[1].applied_at, std::nullopt);
}

TEST_F(MigrationsTest, UpDownUpWithRowsPresentGivesTheSameSchema) {
  auto migrations = with(kFiles);
  const auto empty = schema();
  migrations.upgrade(1);
  const auto first = schema();
  backend_.execute(Statement{"INSERT INTO people VALUES (1, 'Ada')"}, Params());
  migrations.upgrade();
  const auto second = schema();
  backend_.execute(Statement{"INSERT INTO pets VALUES ('Rex', 1)"}, Params());

  EXPECT_EQ(labels(migrations.downgrade(1)), std::vector<std::string>{"0002_pets"});
  EXPECT_EQ(schema(), first);
  EXPECT_EQ(count("SELECT * FROM people"), 1U) << "rows of a migration that stays are kept";
  migrations.upgrade();
  EXPECT_EQ(schema(), second);
  EXPECT_EQ(labels(migrations.downgrade(0)), (std::vector<std::string>{"0002_pets", "0001_people"}));
  EXPECT_EQ(schema(), empty);
  EXPECT_FALSE(migrations.current());
}

TEST_F(MigrationsTest, TheServicesOwnMigrationsGoUpDownAndUp) {
  auto migrations = with(embedded::migrations());
  const auto empty = schema();
  migrations.upgrade();
  const auto full = schema();
  EXPECT_NE(full.find("CREATE TABLE users"), std::string::npos);
  migrations.downgrade(0);
  EXPECT_EQ(schema(), empty);
  migrations.upgrade();
  EXPECT_EQ(schema(), full);
}

TEST_F(MigrationsTest, AnEditedMigrationIsRefused) {
  with(kFiles).upgrade();
  auto edited = kFiles;
  edited[1].content = "CREATE TABLE people (id integer);";
  auto migrations = with(edited);
  for (const auto& action : std::vector<std::function<void()>>{
           [&] { migrations.upgrade(); }, [&] { migrations.pending(); }, [&] { migrations.downgrade(0); }}) {
    EXPECT_EQ(refusal_of(action),
              "migration 0001_people was edited after it was applied to this database (its checksum differs)");
  }
  EXPECT_EQ(count("SELECT * FROM schema_migrations"), 2U);
}

TEST_F(MigrationsTest, ANewerDatabaseIsRefusedButCanBeLookedAt) {
  with(and_a_third("CREATE TABLE third (x integer);")).upgrade();
  auto older = with(kFiles);
  EXPECT_EQ(
      refusal_of([&] { older.upgrade(); }),
      "the database has migration 0003_third, which this version of secureauth does not know and which needs a newer "
      "one: use the version that applied it");
  EXPECT_EQ(older.current()->label(), "0003_third");
}

const std::vector<File> kWithCompatibles = {
    {"0001_people.down.sql", "DROP TABLE compatible_migrations; DROP TABLE people;"},
    {"0001_people.up.sql",
     "-- compatible: previous\n"
     "CREATE TABLE people (id integer PRIMARY KEY);"
     "CREATE TABLE compatible_migrations (version integer NOT NULL PRIMARY KEY, tolerates integer NOT NULL);"},
};

std::vector<File> and_more(std::initializer_list<std::string_view> kinds) {
  auto files = kWithCompatibles;
  static std::vector<std::unique_ptr<std::string>> texts;
  int number = 10;
  for (const auto kind : kinds) {
    const auto name = "00" + std::to_string(number) + "_more";
    const auto table = "more" + std::to_string(number++);
    for (const auto& [half, text] :
         {std::pair(".up.sql", std::string(kind) + "\nCREATE TABLE " + table + " (x integer);"),
          std::pair(".down.sql", "DROP TABLE " + table + ";")}) {
      const auto& name_of_file = *texts.emplace_back(std::make_unique<std::string>(name + half));
      files.push_back({name_of_file, *texts.emplace_back(std::make_unique<std::string>(text))});
    }
  }
  return files;
}

// docs/deployment.md, rolling upgrades: the version before starts on what is new, if that is compatible
TEST_F(MigrationsTest, AnOlderVersionServesOnWhatIsAheadByCompatibleMigrationsAlone) {
  with(and_more({"-- compatible: 0001", "-- compatible: 0001"})).upgrade();
  auto older = with(kWithCompatibles);
  EXPECT_TRUE(older.pending().empty());
  EXPECT_TRUE(older.upgrade().empty());
  EXPECT_EQ(older.ahead().size(), 2U);
  EXPECT_EQ(older.history().size(), 1U);
  EXPECT_TRUE(older.differences().empty());
  EXPECT_EQ(refusal_of([&] { older.downgrade(0); }),
            "the database has migration 0010_more, which this version of secureauth cannot take back: use the version "
            "that applied it");
  EXPECT_EQ(older.current()->label(), "0011_more");
}

TEST_F(MigrationsTest, OneContractAmongWhatIsAheadIsRefused) {
  with(and_more({"-- compatible: 0001", "-- contract: drops it", "-- compatible: 0001"})).upgrade();
  auto older = with(kWithCompatibles);
  const auto refusal =
      "the database has migration 0011_more, which this version of secureauth does not know and which needs a newer "
      "one: use the version that applied it";
  EXPECT_EQ(refusal_of([&] { older.pending(); }), refusal);
  EXPECT_EQ(refusal_of([&] { older.upgrade(); }), refusal);
  EXPECT_EQ(refusal_of([&] { older.ahead(); }), refusal);
}

TEST_F(MigrationsTest, EachVouchesOnlyForWhomItNames) {
  with(and_more({"-- compatible: 0001", "-- compatible: previous"})).upgrade();
  EXPECT_EQ(refusal_of([&] { with(kWithCompatibles).pending(); }),
            "the database has migration 0011_more, which this version of secureauth does not know and which needs a "
            "newer one: use the version that applied it");
  EXPECT_EQ(with(and_more({"-- compatible: 0001"})).ahead().size(), 1U);
}

TEST_F(MigrationsTest, WhatIsTakenBackIsNoMoreCompatible) {
  auto migrations = with(and_more({"-- compatible: previous"}));
  migrations.upgrade();
  EXPECT_EQ(count("SELECT * FROM compatible_migrations"), 2U);
  migrations.downgrade(1);
  EXPECT_EQ(count("SELECT * FROM compatible_migrations"), 1U);
  migrations.downgrade(0);
}

TEST_F(MigrationsTest, AnUnknownOneBetweenKnownOnesIsRefusedHoweverCompatible) {
  with(and_more({"-- compatible: previous"})).upgrade();
  backend_.run_script(
      "INSERT INTO schema_migrations VALUES (5, 'planted', 'x', '2026-01-01T00:00:00.000000Z');"
      "INSERT INTO compatible_migrations VALUES (5, 1);");
  auto migrations = with(and_more({"-- compatible: previous"}));
  EXPECT_NE(refusal_of([&] { migrations.pending(); }), "not refused");
}

TEST_F(MigrationsTest, AGapIsRefused) {
  with(kFiles).upgrade();
  backend_.execute(Statement{"DELETE FROM schema_migrations WHERE version = 1"}, Params());
  auto migrations = with(kFiles);
  EXPECT_EQ(refusal_of([&] { migrations.upgrade(); }),
            "the database has migration 0002_pets without 0001_people before it");
}

TEST_F(MigrationsTest, UnknownAndBackwardTargetsAreRefused) {
  auto migrations = with(kFiles);
  EXPECT_EQ(refusal_of([&] { migrations.upgrade(7); }), "there is no migration 7");
  EXPECT_EQ(refusal_of([&] { migrations.downgrade(7); }), "there is no migration 7");
  EXPECT_EQ(refusal_of([&] { migrations.downgrade(1); }), "migration 1 is not applied: there is nothing to take back");
  migrations.upgrade();
  EXPECT_NE(refusal_of([&] { migrations.upgrade(1); }).find("already"), std::string::npos);
}

TEST_F(MigrationsTest, AFailingMigrationLeavesTheSchemaAsItWasAndIsNamed) {
  with(kFiles).upgrade();
  const auto before = schema();
  auto migrations =
      with(and_a_third("CREATE TABLE third (x integer); DROP TABLE people; INSERT INTO nowhere VALUES (1);"));
  const auto message = database_error_of([&] { migrations.upgrade(); });
  EXPECT_NE(message.find("migration 0003_third failed and was rolled back"), std::string::npos) << message;
  EXPECT_NE(message.find("nowhere"), std::string::npos) << message;
  EXPECT_EQ(schema(), before);
  EXPECT_EQ(migrations.current()->label(), "0002_pets");
}

TEST_F(MigrationsTest, AMigrationCannotCommitOnItsOwn) {
  auto migrations = with(and_a_third("CREATE TABLE third (x integer); COMMIT;"));
  EXPECT_NE(database_error_of([&] { migrations.upgrade(); }).find("may not begin or end a transaction"),
            std::string::npos);
  EXPECT_EQ(schema().find("third"), std::string::npos);
}

TEST_F(MigrationsTest, AMigrationThatLeavesRowsPointingNowhereIsRolledBack) {
  with(kFiles).upgrade();
  backend_.run_script("INSERT INTO people VALUES (1, 'Ada'); INSERT INTO pets VALUES ('Rex', 1);");
  auto migrations = with(and_a_third("DELETE FROM people;"));
  EXPECT_NE(database_error_of([&] { migrations.upgrade(); }).find("rows of pets"), std::string::npos);
  EXPECT_EQ(count("SELECT * FROM people"), 1U);
}

TEST_F(MigrationsTest, AMigrationMayRebuildATableThatOthersPointAt) {
  with(kFiles).upgrade();
  backend_.run_script("INSERT INTO people VALUES (1, 'Ada'); INSERT INTO pets VALUES ('Rex', 1);");
  with(and_a_third("CREATE TABLE new_people (id integer PRIMARY KEY, name text);"
                   "INSERT INTO new_people SELECT * FROM people; DROP TABLE people;"
                   "ALTER TABLE new_people RENAME TO people;"))
      .upgrade();
  EXPECT_EQ(count("SELECT * FROM pets JOIN people ON people.id = pets.owner"), 1U);
}

TEST_F(MigrationsTest, SeveralThatUpgradeANewDatabaseAtOnceAllSucceed) {
  const auto fresh = folder_.path() / "fresh.db";
  std::atomic<std::size_t> applied = 0;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      try {
        SqliteMigrations backend(fresh);
        applied += Migrations(backend, read_migrations(kFiles), clock_).upgrade().size();
      } catch (const std::exception& error) {
        ++failed;
        ADD_FAILURE() << error.what();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(applied, 2U) << "each migration is applied by one of them";
}

TEST_F(MigrationsTest, TheLiveSchemaIsComparedWithWhatTheMigrationsMake) {
  auto all = with(kFiles);
  EXPECT_EQ(all.differences(), std::vector<std::string>{});
  all.upgrade(1);
  EXPECT_EQ(all.differences(), std::vector<std::string>{});  // the second is pending, not amiss
  all.upgrade();
  backend_.run_script("DROP INDEX pets_by_owner; CREATE TABLE\n  more (id integer);");
  EXPECT_EQ(all.differences(), (std::vector<std::string>{
                                   "missing: index pets_by_owner: CREATE INDEX pets_by_owner ON pets (owner)",
                                   "unexpected: table more: CREATE TABLE more (id integer)",
                               }));
}

/// A database that somebody else works on before each turn of this one.
class Contended final : public MigrationBackend {
 public:
  Contended(MigrationBackend& own, std::function<void()> others) : own_(own), others_(std::move(others)) {}
  void exclusively(const std::function<void()>& work) override {
    others_();
    own_.exclusively(work);
  }
  void run_script(std::string_view script) override { own_.run_script(script); }
  Rows execute(Statement statement, Params params) override { return own_.execute(statement, std::move(params)); }
  bool has_table(std::string_view name) override { return own_.has_table(name); }
  std::vector<std::string> describe() override { return own_.describe(); }
  std::vector<std::string> describe_after(const std::function<void(MigrationBackend&)>& build) override {
    return own_.describe_after(build);
  }

 private:
  MigrationBackend& own_;
  std::function<void()> others_;
};

TEST_F(MigrationsTest, WhoIsOvertakenByTheOtherDirectionRefusesInsteadOfGoingOnForEver) {
  const auto files = and_a_third("CREATE TABLE third (a integer);", "DROP TABLE third;");
  auto others = with(files);
  others.upgrade(2);

  int turns = 0;
  Contended going_down(backend_, [&] {
    if (turns++ > 0) others.upgrade();
  });
  EXPECT_THROW(Migrations(going_down, read_migrations(files), clock_).downgrade(0), MigrationRefused);
  EXPECT_EQ(turns, 2);

  others.downgrade(1);
  turns = 0;
  Contended going_up(backend_, [&] {
    if (turns++ > 0) others.downgrade(0);
  });
  EXPECT_THROW(Migrations(going_up, read_migrations(files), clock_).upgrade(), MigrationRefused);
  EXPECT_EQ(turns, 2);
}

}  // namespace
}  // namespace secureauth::db
