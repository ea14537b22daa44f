#include "core/per_context.hpp"
#include "db/postgres/postgres_fixture.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>

namespace secureauth::db {
namespace {

using Done = Result<void>;
using net::ip::tcp;
using std::chrono::milliseconds;

constexpr Statement kProcess{"SELECT pg_backend_pid()"};

class PostgresFaults : public PostgresTest {};

TEST_F(PostgresFaults, AStatementThatTakesTooLongIsEndedByTheServer) {
  auto impatient = options();
  impatient.statement_timeout = milliseconds(100);
  database_ = open_postgres(impatient);
  const auto message = message_of<DatabaseError>([&] { execute("SELECT pg_sleep(30)::text"); });
  EXPECT_NE(message.find("57014"), std::string::npos) << message;
  EXPECT_EQ(number("SELECT 1"), 1);
}

TEST_F(PostgresFaults, WaitingForABusyPoolIsBounded) {
  auto small = options();
  small.connections = 2;
  small.pool_wait = milliseconds(50);
  database_ = open_postgres(small);
  auto work = [this]() -> net::awaitable<void> {
    auto one = co_await database_->begin();
    const auto two = co_await database_->begin();
    std::string refusal;
    try {
      co_await database_->execute(kProcess, Params());
    } catch (const DatabaseError& error) {
      refusal = error.what();
    }
    EXPECT_NE(refusal.find("busy"), std::string::npos) << refusal;
    one.reset();
    co_await database_->execute(kProcess, Params());
  };
  run(work());
}

TEST_F(PostgresFaults, AConnectionThatWasClosedWhileIdleIsReplacedUnnoticed) {
  const auto process = number("SELECT pg_backend_pid()");
  run(terminate(process));
  execute("UPDATE counters SET value = value + 1 WHERE name = 'a'");
  EXPECT_EQ(counter("a"), 1);
  EXPECT_NE(number("SELECT pg_backend_pid()"), process);
}

TEST_F(PostgresFaults, ATransactionThatLosesItsConnectionBeforeTheCommitIsRunAgain) {
  int runs = 0;
  auto body = [&](Transaction& tx) -> net::awaitable<Done> {
    ++runs;
    const auto rows = co_await tx.execute(kProcess, Params());
    co_await tx.execute(Statement{"UPDATE counters SET value = value + 1 WHERE name = 'a'"}, Params());
    if (runs == 1) co_await terminate(rows.front().integer(0));
    co_return Done{};
  };
  EXPECT_TRUE(run(database_->transaction(body)).has_value());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(counter("a"), 1);
}

TEST_F(PostgresFaults, AStatementWhoseConnectionIsEndedUnderItIsRunOnceMore) {
  auto kill = [this]() -> net::awaitable<void> {
    const auto process = co_await process_running("FROM pg_sleep(1)");
    co_await terminate(process);
  };
  auto killer = start(kill());
  execute("UPDATE counters SET value = value + 1 FROM pg_sleep(1) WHERE name = 'a'");
  killer.get();
  EXPECT_EQ(counter("a"), 1);
}

TEST_F(PostgresFaults, ALostConnectionFailsOnlyWhatRunsOnIt) {
  auto kill = [this]() -> net::awaitable<void> {
    const auto process = co_await process_running("FROM pg_sleep(2)");
    co_await terminate(process);
  };
  auto beside = start(database_->execute(Statement{"SELECT 1 FROM pg_sleep(1)"}, Params()));
  auto victim = start(database_->execute(Statement{"SELECT 2 FROM pg_sleep(2)"}, Params()));
  run(kill());
  EXPECT_EQ(beside.get().front().integer(0), 1);
  EXPECT_EQ(victim.get().front().integer(0), 2);
}

TEST_F(PostgresFaults, ACommitWhoseConnectionIsEndedUnderItHasAnUnknownOutcome) {
  execute("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END'");
  execute(
      "CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON counters DEFERRABLE INITIALLY DEFERRED"
      " FOR EACH ROW EXECUTE FUNCTION slow()");
  int runs = 0;
  auto body = [&runs](Transaction& tx) -> net::awaitable<Done> {
    ++runs;
    co_await tx.execute(Statement{"UPDATE counters SET value = 1 WHERE name = 'a'"}, Params());
    co_return Done{};
  };
  auto kill = [this]() -> net::awaitable<void> {
    const auto process = co_await process_running("COMMIT");
    co_await terminate(process);
  };
  auto killer = start(kill());
  EXPECT_THROW(run(database_->transaction(body)), CommitOutcomeUnknown);
  killer.get();
  EXPECT_EQ(runs, 1);
}

TEST_F(PostgresFaults, WithoutAServerAnErrorSaysNoPassword) {
  auto nowhere = options();
  nowhere.url = "postgresql://u:geheim@127.0.0.1:1/x";
  database_ = open_postgres(nowhere);
  const auto message = message_of<DatabaseError>([&] { execute("SELECT 1"); });
  EXPECT_NE(message.find("cannot be reached"), std::string::npos) << message;
  EXPECT_EQ(message.find("geheim"), std::string::npos) << message;
}

TEST_F(PostgresFaults, AHostThatRefusesOrSwallowsLeavesTimeForTheNext) {
  // Listens and never answers, as behind a firewall that drops.
  const tcp::acceptor silent(io_, tcp::endpoint(net::ip::address_v4::loopback(), 0));
  const auto port = std::to_string(silent.local_endpoint().port());
  auto several = options();
  several.url = url_by("127.0.0.1,127.0.0.1,%", "1," + port + ",%");
  several.connect_timeout = milliseconds(200);
  database_ = open_postgres(several);
  EXPECT_EQ(number("SELECT 1"), 1);
}

TEST_F(PostgresFaults, ANameIsResolvedBesideTheIoThread) {
  auto named = options();
  named.url = url_by("localhost", "%");
  if (url_by("%", "%").find("host=/") != std::string::npos) GTEST_SKIP() << "the server listens on a socket only";
  database_ = open_postgres(named);
  EXPECT_EQ(number("SELECT 1"), 1);
  named.url = url_by("no-such-host.invalid", "%");
  database_ = open_postgres(named);
  EXPECT_NE(message_of<DatabaseError>([&] { execute("SELECT 1"); }).find("no-such-host"), std::string::npos);
}

TEST_F(PostgresFaults, AServerThatNeverAnswersCostsAnErrorInBoundedTime) {
  const tcp::acceptor silent(io_, tcp::endpoint(net::ip::address_v4::loopback(), 0));
  auto frozen = options();
  frozen.url = url_by("127.0.0.1", std::to_string(silent.local_endpoint().port()));
  frozen.connect_timeout = milliseconds(100);
  database_ = open_postgres(frozen);
  EXPECT_NE(message_of<DatabaseError>([&] { execute("SELECT 1"); }).find("in time"), std::string::npos);
}

TEST_F(PostgresFaults, ClosingEndsWhatIsInFlight) {
  auto statement = start(database_->execute(Statement{"SELECT pg_sleep(30)::text"}, Params()));
  auto close = [this]() -> net::awaitable<void> {
    co_await process_running("pg_sleep(30)");
    close_parts(io_);
  };
  run(close());  // returns: nothing is left that would keep the context running
  EXPECT_THROW(statement.get(), DatabaseError);
  EXPECT_THROW(execute("SELECT 1"), DatabaseError);
}

TEST_F(PostgresFaults, AContextMayGoWithEverythingInFlight) {
  {
    net::io_context context{1};
    auto in_transaction = [this]() -> net::awaitable<void> {
      const auto tx = co_await database_->begin();
      co_await tx->execute(Statement{"UPDATE counters SET value = 9 WHERE name = 'a'"}, Params());
      co_await tx->execute(Statement{"SELECT pg_sleep(1)::text"}, Params());
    };
    std::vector<std::future<void>> abandoned;
    for (int i = 0; i < 8; ++i) {  // some hold a connection, some wait for one
      abandoned.push_back(net::co_spawn(context, in_transaction(), net::use_future));
    }
    context.run_for(milliseconds(300));
  }
  execute("UPDATE counters SET value = 1 WHERE name = 'a'");  // the server lets go of the row when the statement ends
  EXPECT_EQ(counter("a"), 1);
}

}  // namespace
}  // namespace secureauth::db
