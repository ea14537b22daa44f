#include "core/offload.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <thread>

namespace secureauth {
namespace {

namespace net = boost::asio;

class OffloadTest : public testing::Test {
 protected:
  // The worker is declared last: it is joined before the io_context goes.
  net::io_context io_;
  net::thread_pool worker_{1};

  auto post() {
    return [this](std::function<void()> job) { net::post(worker_, std::move(job)); };
  }
  template <class T>
  T run(net::awaitable<T> coroutine) {
    auto result = net::co_spawn(io_, std::move(coroutine), net::use_future);
    io_.run();  // returns by itself only if the work guard held it until the coroutine was resumed
    return result.get();
  }
};

TEST_F(OffloadTest, WorksElsewhereAndResumesOnTheCallersThread) {
  auto body = [this]() -> net::awaitable<std::unique_ptr<std::thread::id>> {
    auto elsewhere =
        co_await offload(post(), [] { return std::make_unique<std::thread::id>(std::this_thread::get_id()); });
    EXPECT_NE(*elsewhere, std::this_thread::get_id());
    co_return std::make_unique<std::thread::id>(std::this_thread::get_id());
  };
  EXPECT_EQ(*run(body()), std::this_thread::get_id());
}

TEST_F(OffloadTest, CarriesExceptionsBack) {
  auto body = [this]() -> net::awaitable<std::string> {
    std::string seen;
    try {
      co_await offload(post(), [] { throw std::runtime_error("from the worker"); });
    } catch (const std::runtime_error& error) {
      seen = error.what();
    }
    co_return seen;
  };
  EXPECT_EQ(run(body()), "from the worker");
}

TEST_F(OffloadTest, AcceptsWorkThatOnlyMoves) {
  auto body = [this]() -> net::awaitable<int> {
    auto owned = std::make_unique<int>(41);
    auto work = [owned = std::move(owned)] { return *owned + 1; };
    const int answer = co_await offload(post(), std::move(work));
    co_return answer;
  };
  EXPECT_EQ(run(body()), 42);
}

TEST_F(OffloadTest, ManyCoroutinesOnTwoThreadsAllComeBack) {
  std::atomic<int> back = 0;
  for (int i = 0; i < 1000; ++i) {
    net::co_spawn(
        io_,
        [&]() -> net::awaitable<void> {
          for (int round = 0; round < 3; ++round) co_await offload(post(), [] {});
          ++back;
        },
        [](const std::exception_ptr& error) { EXPECT_FALSE(error); });
  }
  std::thread second([this] { io_.run(); });
  io_.run();
  second.join();
  EXPECT_EQ(back, 1000);
}

}  // namespace
}  // namespace secureauth
