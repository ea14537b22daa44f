#include "db/postgres/pool.hpp"

#include "db/database.hpp"
#include "db/postgres/fake_server_fixture.hpp"
#include "telemetry/metrics.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>

namespace secureauth::db::postgres {
namespace {

using std::chrono::milliseconds;

TEST(PostgresPool, OfThoseWhoWaitOneAtATimeTriesAgain) {
  constexpr int kOne = 1;
  constexpr int kMany = 6;
  const FakeServer server([](const Batch&) { return FakeServer::Answer{}; }, kOne);
  net::io_context io{1};
  const auto connector = std::make_shared<Connector>(ConnectionString(server.url()), Connector::Options{});
  const auto pool = std::make_shared<Pool>(
      io.get_executor(), connector, Pool::Options{.size = 2 * kMany, .wait = milliseconds(1000), .patience = {}});

  std::optional<PooledConnection> only;
  auto take_first = [&]() -> net::awaitable<void> {
    auto pooled = co_await pool->acquire();
    only.emplace(std::move(pooled));
  };
  net::co_spawn(io, take_first(), net::detached);
  io.run();
  ASSERT_TRUE(only);

  int refused = 0;
  auto want = [&]() -> net::awaitable<void> {
    try {
      co_await pool->acquire();
    } catch (const DatabaseError&) {
      ++refused;
    }
  };
  io.restart();
  for (int i = 0; i < kMany; ++i) net::co_spawn(io, want(), net::detached);
  while (server.connections() < kOne + kMany) io.run_one();
  io.run_for(milliseconds(150));  // all have failed, and wait; the first pause, of at most 100 ms, is over
  const int before = server.connections();
  net::co_spawn(io, want(), net::detached);  // finds that trying is allowed again, for all who wait
  io.run();
  EXPECT_EQ(server.connections() - before, 1);
  EXPECT_EQ(refused, kMany + 1);
}

TEST(PostgresPool, AnIdleConnectionThatDiedIsNotCountedOn) {
  const auto before = telemetry::metrics().store_connections.value();
  auto server = std::make_unique<FakeServer>([](const Batch&) { return FakeServer::Answer{}; }, 1);
  net::io_context io{1};
  const auto connector = std::make_shared<Connector>(ConnectionString(server->url()), Connector::Options{});
  const auto pool = std::make_shared<Pool>(io.get_executor(), connector,
                                           Pool::Options{.size = 2, .wait = milliseconds(10), .patience = {}});
  std::optional<PooledConnection> only;
  auto take = [&]() -> net::awaitable<void> {
    try {
      auto pooled = co_await pool->acquire();
      only.emplace(std::move(pooled));
    } catch (const DatabaseError&) {  // NOLINT(bugprone-empty-catch): the state of `only` tells
    }
  };
  const auto try_once = [&] {
    net::co_spawn(io, take(), net::detached);
    io.run();
    io.restart();
  };
  try_once();
  ASSERT_TRUE(only);
  while (server->connections() < 5) try_once();  // until there is a long pause between attempts
  EXPECT_EQ(telemetry::metrics().store_connections.value(), before + 1);
  only.reset();
  server.reset();
  try_once();  // finds it dead, and may not connect
  EXPECT_FALSE(only);
  EXPECT_EQ(telemetry::metrics().store_connections.value(), before);
}

}  // namespace
}  // namespace secureauth::db::postgres
