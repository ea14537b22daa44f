// What the record store says when its file or disk fails: one typed error, and nothing acknowledged is lost.
#include "db/sqlite/sqlite_fixture.hpp"

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace secureauth::db {
namespace {

using testing::AssertionResult;

AssertionResult says(const std::string& message, std::string_view expected) {
  if (message.find(expected) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\"" << message << "\" lacks \"" << expected << "\"";
}

class SqliteFaultsTest : public SqliteTest {
 protected:
  void SetUp() override { std::filesystem::create_directories(file_.parent_path()); }
  void open_with_table() {
    open();
    execute("CREATE TABLE things (name text NOT NULL)");
  }
  std::string open_error() {
    return database_error_of([this] { open(); });
  }
  std::string insert_error() {
    return database_error_of([this] { execute("INSERT INTO things VALUES ('x')"); });
  }
  std::string ready_error() {
    return database_error_of([this] { run(database_->check_ready()); });
  }
};

// Runs the check in a child process, so that it may change the process: its user, its limits. 0: it held.
template <class Check>
int in_child(Check check) {
  const auto child = ::fork();
  if (child == 0) {
    int code = 99;
    try {
      code = check();
    } catch (...) {
      code = 98;
    }
    ::_exit(code);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// The super-user may write anywhere: permissions are tried as nobody.
bool become_nobody() {
  return ::geteuid() != 0 || ::seteuid(65534) == 0;
}

TEST_F(SqliteFaultsTest, ADirectoryIsRefused) {
  std::filesystem::create_directory(file_);
  EXPECT_TRUE(says(open_error(), "is a directory"));
}

// A mistyped path is no new, empty database.
TEST_F(SqliteFaultsTest, AMissingFileIsRefusedWhereNoneIsToBeMade) {
  file_ = folder_.path() / "typo" / "x.db";
  const auto error_of_opening = [this] {
    return database_error_of([this] { (void)open_sqlite(file_, {.missing = sqlite::Missing::refused}); });
  };
  EXPECT_TRUE(says(error_of_opening(), "there is no database at " + file_.string() + ": "));
  EXPECT_FALSE(std::filesystem::exists(file_.parent_path()));
  EXPECT_TRUE(sqlite::prepare_file(file_)) << "it is made now";
  EXPECT_FALSE(sqlite::prepare_file(file_)) << "it was there";
  EXPECT_EQ(error_of_opening(), "");
}

TEST_F(SqliteFaultsTest, AFileThatCannotBeSeenIsNotCalledMissing) {
  open();
  database_.reset();
  std::filesystem::permissions(file_.parent_path(), std::filesystem::perms::none);
  const auto code = in_child([this] {
    if (!become_nobody()) return 1;
    const auto error = database_error_of([this] { sqlite::prepare_file(file_, sqlite::Missing::refused); });
    return says(error, "could not look at the database") ? 0 : 2;
  });
  std::filesystem::permissions(file_.parent_path(), std::filesystem::perms::owner_all);
  EXPECT_EQ(code, 0);
}

TEST_F(SqliteFaultsTest, AFolderThatIsAFileIsRefused) {
  std::ofstream(folder_.path() / "plain").put('x');
  file_ = folder_.path() / "plain" / "test.db";
  EXPECT_TRUE(says(open_error(), "Not a directory"));
}

TEST_F(SqliteFaultsTest, GarbageIsNotADatabaseAndStaysAsItWas) {
  const std::string garbage(4096, 'g');
  std::ofstream(file_) << garbage;
  EXPECT_TRUE(says(open_error(), "is not a SQLite database"));
  std::ifstream in(file_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), garbage);
}

TEST_F(SqliteFaultsTest, ADamagedPageIsADatabaseErrorThatNamesTheFile) {
  open_with_table();
  for (int i = 0; i < 100; ++i) execute("INSERT INTO things VALUES ($1)", Params{std::string(500, 'x')});
  database_.reset();
  {
    std::fstream out(file_, std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 1; page < 12; ++page) {
      out.seekp(page * 4096);
      out << std::string(64, '\xff');
    }
  }
  open();
  const auto message = database_error_of([this] { execute("SELECT count(name) FROM things"); });
  EXPECT_TRUE(says(message, "is damaged"));
  EXPECT_TRUE(says(message, file_.string()));
}

TEST_F(SqliteFaultsTest, AReadOnlyFileIsRefused) {
  open_with_table();
  database_.reset();
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  std::filesystem::permissions(file_.parent_path(), std::filesystem::perms::all);
  std::filesystem::permissions(file_, static_cast<std::filesystem::perms>(0444));
  const auto code = in_child([this] {
    if (::geteuid() != 0) std::filesystem::permissions(file_, static_cast<std::filesystem::perms>(0400));
    if (!become_nobody()) return 1;
    return says(open_error(), "is read-only") ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
}

TEST_F(SqliteFaultsTest, AMissingPermissionIsNamed) {
  std::filesystem::permissions(folder_.path(), static_cast<std::filesystem::perms>(0555));
  file_ = folder_.path() / "new" / "test.db";
  const auto code = in_child([this] {
    if (!become_nobody()) return 1;
    return says(open_error(), "Permission denied") ? 0 : 2;
  });
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::owner_all);
  EXPECT_EQ(code, 0);
}

TEST_F(SqliteFaultsTest, AnotherProcessesLockIsWaitedForThenNamedAndPasses) {
  open_with_table();
  sqlite::Connection other(file_);
  other.begin();
  EXPECT_TRUE(says(insert_error(), "is locked by another process"));
  EXPECT_TRUE(says(ready_error(), "is locked by another process"));
  other.rollback();
  EXPECT_EQ(insert_error(), "");
  EXPECT_EQ(ready_error(), "");
}

TEST_F(SqliteFaultsTest, AFileLockedAsAWholeCannotBeOpened) {
  open_with_table();
  database_.reset();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", nullptr, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_TRUE(says(open_error(), "is locked by another process"));
  sqlite3_close_v2(other);
  EXPECT_EQ(open_error(), "");
}

TEST_F(SqliteFaultsTest, ADeletedFileFailsEveryStatementInsteadOfSwallowingIt) {
  open_with_table();
  EXPECT_EQ(ready_error(), "");
  std::filesystem::remove(file_);
  for (const auto& message : {insert_error(), ready_error(), database_error_of([this] { execute("SELECT 1"); })}) {
    EXPECT_TRUE(says(message, "was deleted or replaced"));
  }
}

TEST_F(SqliteFaultsTest, AReplacedFileFailsAndTheNewOneIsLeftAlone) {
  open_with_table();
  const auto aside = folder_.path() / "aside.db";
  std::filesystem::copy_file(file_, aside);
  std::filesystem::rename(aside, file_);
  const auto size = std::filesystem::file_size(file_);
  EXPECT_TRUE(says(insert_error(), "was deleted or replaced"));
  database_.reset();
  EXPECT_EQ(std::filesystem::file_size(file_), size);
}

TEST_F(SqliteFaultsTest, ALogDeletedAloneIsNoticedToo) {
  open_with_table();
  std::filesystem::remove(file_.string() + "-wal");
  EXPECT_TRUE(says(insert_error(), "was deleted or replaced"));
}

TEST_F(SqliteFaultsTest, AFileDeletedDuringATransactionFailsItsCommit) {
  open_with_table();
  auto body = [this]() -> net::awaitable<void> {
    auto open = co_await database_->begin();
    co_await open->execute(Statement{"INSERT INTO things VALUES ('x')"}, Params());
    std::filesystem::remove(file_);
    co_await open->commit();
  };
  EXPECT_TRUE(says(database_error_of([&] { run(body()); }), "was deleted or replaced"));
}

TEST_F(SqliteFaultsTest, AFullDatabaseFailsTheTransactionAndKeepsNothingOfIt) {
  open_with_table();
  execute("PRAGMA max_page_count = 8");
  auto fill = [this]() -> net::awaitable<void> {
    auto open = co_await database_->begin();
    co_await open->execute(Statement{"INSERT INTO things VALUES ('small')"}, Params());
    co_await open->execute(Statement{"INSERT INTO things VALUES ($1)"}, Params{std::string(100'000, 'x')});
    co_await open->commit();
  };
  EXPECT_TRUE(says(database_error_of([&] { run(fill()); }), "no room is left"));
  EXPECT_EQ(execute("SELECT count(*) FROM things").front().integer(0), 0);
  EXPECT_EQ(insert_error(), "");
}

TEST_F(SqliteFaultsTest, AWriteThatTheSystemRefusesFailsAndPassesWhenThereIsRoomAgain) {
  // In the child alone: the limit is the process's, and threads of the parent do not cross fork().
  const auto code = in_child([this] {
    std::signal(SIGXFSZ, SIG_IGN);
    open_with_table();
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const auto before = limit.rlim_cur;
    limit.rlim_cur = 64 * 1024;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int kept = 0;
    std::string message;
    while (message.empty() && kept < 100) {
      message =
          database_error_of([this] { execute("INSERT INTO things VALUES ($1)", Params{std::string(8000, 'x')}); });
      if (message.empty()) ++kept;
    }
    if (!says(message, "failed") || !says(message, file_.string())) return 1;
    limit.rlim_cur = before;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (!insert_error().empty()) return 2;
    database_.reset();
    open();
    return execute("SELECT count(*) FROM things").front().integer(0) == kept + 1 ? 0 : 3;
  });
  EXPECT_EQ(code, 0);
}

TEST_F(SqliteFaultsTest, WhatWasAcknowledgedSurvivesAKill) {
  const auto child = ::fork();
  if (child == 0) {
    open_with_table();
    std::ofstream acknowledged(folder_.path() / "acknowledged", std::ios::app);
    for (int i = 0; i < 50; ++i) {
      execute("INSERT INTO things VALUES ($1)", Params{std::to_string(i)});
      acknowledged << "." << std::flush;
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  open();
  EXPECT_EQ(execute("SELECT count(*) FROM things").front().integer(0), 50);
  EXPECT_EQ(std::filesystem::file_size(folder_.path() / "acknowledged"), 50U);
}

}  // namespace
}  // namespace secureauth::db
