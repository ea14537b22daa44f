// Faults that a real server shows only now and then, told by a fake one.
#include "db/postgres/fake_server_fixture.hpp"
#include "db/postgres/postgres_database.hpp"
#include "db/postgres/postgres_migrations.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::db {
namespace {

using postgres::Batch;
using postgres::FakeServer;
namespace said = postgres::said;
using Done = Result<void>;

constexpr Statement kRead{"SELECT 1"};
constexpr Statement kWrite{"UPDATE t SET a = 1"};

class FakePostgres : public testing::Test {
 protected:
  void open(FakeServer::Script script, int admitted = 1000) {
    server_ = std::make_unique<FakeServer>(std::move(script), admitted);
    PostgresOptions options;
    options.url = server_->url();
    options.connections = 4;
    database_ = open_postgres(options);
  }
  template <class T>
  std::future<T> start(net::awaitable<T> work) {
    return net::co_spawn(io_, std::move(work), net::use_future);
  }
  template <class T>
  T run(net::awaitable<T> work) {
    auto result = start(std::move(work));
    io_.restart();
    io_.run();
    return result.get();
  }

  std::unique_ptr<FakeServer> server_;
  net::io_context io_{1};
  std::shared_ptr<Database> database_;
};

/// What PgBouncer says when it loses the server behind it.
FakeServer::Answer lost_behind_the_pooler() {
  return {said::error("FATAL", "08P01"), true};
}

TEST_F(FakePostgres, AWriteThatThePoolerLostIsNotRunAgain) {
  open([](const Batch&) { return lost_behind_the_pooler(); });
  EXPECT_THROW(run(database_->execute(kWrite, Params())), CommitOutcomeUnknown);
  EXPECT_EQ(server_->batches(), 1);
}

TEST_F(FakePostgres, AReadThatThePoolerLostIsRunAgain) {
  open([](const Batch& batch) {
    return batch.connection == 1 ? lost_behind_the_pooler() : FakeServer::Answer{said::done(batch.types)};
  });
  EXPECT_NO_THROW(run(database_->execute(kRead, Params())));
  EXPECT_EQ(server_->batches(), 2);
}

TEST_F(FakePostgres, ACommitThatThePoolerLostIsNotRunAgain) {
  open([](const Batch&) { return lost_behind_the_pooler(); });
  int runs = 0;
  auto body = [&runs](Transaction& tx) -> net::awaitable<Done> {
    ++runs;
    co_await tx.write(kWrite, Params());
    co_return Done{};
  };
  EXPECT_THROW(run(database_->transaction(body)), CommitOutcomeUnknown);
  EXPECT_EQ(runs, 1);
}

TEST_F(FakePostgres, WhatThePoolerLostBeforeTheCommitIsRunAgain) {
  open([](const Batch& batch) {
    return batch.connection == 1 ? lost_behind_the_pooler() : FakeServer::Answer{said::done(batch.types, "COMMIT")};
  });
  int runs = 0;
  auto body = [&runs](Transaction& tx) -> net::awaitable<Done> {
    ++runs;
    co_await tx.execute(kWrite, Params());
    co_return Done{};
  };
  EXPECT_TRUE(run(database_->transaction(body)).has_value());
  EXPECT_EQ(runs, 2);
}

TEST_F(FakePostgres, AReadOnlyServerIsNotStormedWithConnections) {
  open([](const Batch&) { return FakeServer::Answer{said::error("ERROR", "25006") + said::ready()}; });
  std::vector<std::future<Done>> all;
  auto body = [](Transaction& tx) -> net::awaitable<Done> {
    co_await tx.execute(kWrite, Params());
    co_return Done{};
  };
  for (int i = 0; i < 20; ++i) all.push_back(start(database_->transaction(body)));
  io_.run();
  for (auto& one : all) EXPECT_THROW(one.get(), DatabaseError);
  EXPECT_LE(server_->connections(), 8);  // a pool of four, made twice
}

TEST_F(FakePostgres, ALateFailureOfAnOldConnectionLeavesTheNewOnesAlone) {
  // Its first connection answers last: by then another one has told that the server is going.
  std::promise<void> told;
  auto late = told.get_future().share();
  open([&](const Batch& batch) {
    if (batch.connection == 1) late.wait();
    if (batch.connection <= 2) return FakeServer::Answer{said::error("FATAL", "57P01"), true};
    return FakeServer::Answer{said::done(batch.types)};
  });
  auto first = start(database_->execute(kRead, Params()));
  auto work = [&]() -> net::awaitable<void> {
    co_await database_->execute(kRead, Params());  // on the second, then the third connection
    told.set_value();
  };
  auto second = start(work());
  io_.run();
  EXPECT_NO_THROW(first.get());
  EXPECT_NO_THROW(second.get());
  EXPECT_EQ(server_->connections(), 3);
}

TEST_F(FakePostgres, AGoodbyeThatAnswersARollbackMeansThatNothingMoreWasRun) {
  open([](const Batch& batch) {
    if (batch.connection == 2) return FakeServer::Answer{said::done(batch.types)};
    if (batch.mentions("ROLLBACK")) return FakeServer::Answer{};  // until the next batch has been sent
    if (batch.mentions("BEGIN")) return FakeServer::Answer{said::done(batch.types)};
    return FakeServer::Answer{said::error("FATAL", "57P01"), true};
  });
  auto work = [this]() -> net::awaitable<void> {
    auto tx = co_await database_->begin();
    co_await tx->execute(kWrite, Params());
    co_await tx->rollback();
    co_await database_->execute(kWrite, Params());
  };
  EXPECT_NO_THROW(run(work()));
  EXPECT_EQ(server_->connections(), 2);
}

TEST_F(FakePostgres, ATransactionWhoseBeginWasNotSentIsOver) {
  open([](const Batch& batch) { return FakeServer::Answer{said::done(batch.types)}; });
  auto work = [this](bool at_commit) -> net::awaitable<void> {
    auto tx = co_await database_->begin();
    bool refused = false;
    try {
      Params zero_byte(std::string(1, '\0'));
      if (at_commit) {
        co_await tx->write(kWrite, std::move(zero_byte));
        co_await tx->commit();
      } else {
        co_await tx->execute(kWrite, std::move(zero_byte));
      }
    } catch (const std::logic_error&) {
      refused = true;
    }
    EXPECT_TRUE(refused) << "before anything was sent";
    co_await tx->execute(kWrite, Params());
  };
  EXPECT_THROW(run(work(false)), DatabaseError);
  EXPECT_THROW(run(work(true)), DatabaseError);
}

TEST_F(FakePostgres, WithoutAServerRequestsFailAtOnceWithoutTryingEachTime) {
  constexpr int kNone = 0;
  open([](const Batch&) { return FakeServer::Answer{}; }, kNone);
  for (int i = 0; i < 50; ++i) EXPECT_THROW(run(database_->execute(kRead, Params())), DatabaseError);
  EXPECT_LE(server_->connections(), 3);
}

TEST_F(FakePostgres, AFrozenServerHoldsUpNoLookAtItsSchema) {
  open([](const Batch&) { return FakeServer::Answer{}; });
  PostgresMigrations migrations(server_->url(), MigrationWaits{.answer = std::chrono::milliseconds(100)});
  EXPECT_THROW(migrations.has_table("users"), DatabaseError);
  EXPECT_THROW(migrations.exclusively([] { ADD_FAILURE(); }), DatabaseError);
}

}  // namespace
}  // namespace secureauth::db
