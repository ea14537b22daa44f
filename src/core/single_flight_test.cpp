#include "core/single_flight.hpp"

#include "core/run_to_end.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace secureauth {
namespace {

class SingleFlightTest : public testing::Test {
 protected:
  /// Asks so many times at once on one executor; what each got, -1 where it threw.
  std::vector<int> ask(int times, std::function<net::awaitable<int>()> work, bool alike = true) {
    std::vector<int> got;
    net::io_context context;
    for (int i = 0; i < times; ++i) {
      auto asking = [this, i, alike, work, &got]() -> net::awaitable<void> {
        auto key = alike ? std::string("key") : std::to_string(i);
        int value = -1;
        try {
          value = co_await flight_(std::move(key), work);
        } catch (const std::runtime_error&) {
          value = -1;
        }
        got.push_back(value);
      };
      net::co_spawn(context, asking, net::detached);
    }
    context.run();
    return got;
  }
  std::function<net::awaitable<int>()> counting() {
    return [this]() -> net::awaitable<int> {
      const int mine = ++done_;
      co_await net::post(net::use_awaitable);
      co_return mine;
    };
  }

  SingleFlight<int> flight_;
  std::atomic<int> done_ = 0;
};

TEST_F(SingleFlightTest, WhoAsksAtOnceGetsWhatOneDid) {
  EXPECT_EQ(ask(5, counting()), std::vector<int>(5, 1));
  EXPECT_EQ(ask(2, counting()), std::vector<int>(2, 2)) << "and who asks later what is done anew";
}

TEST_F(SingleFlightTest, AnotherKeyIsAnotherWork) {
  ask(5, counting(), false);
  EXPECT_EQ(done_, 5);
}

TEST_F(SingleFlightTest, WhatItThrowsAllAreThrown) {
  const auto failing = [this]() -> net::awaitable<int> {
    ++done_;
    co_await net::post(net::use_awaitable);
    throw std::runtime_error("no");
  };
  EXPECT_EQ(ask(5, failing), std::vector<int>(5, -1));
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(ask(1, counting()), std::vector<int>{2});
}

TEST_F(SingleFlightTest, ThreadsGetItToo) {
  constexpr int kThreads = 4;
  constexpr int kTimes = 500;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kTimes; ++n) {
        auto work = [&]() -> net::awaitable<int> {
          co_await net::post(net::use_awaitable);
          co_return 7;
        };
        right += run_to_end(flight_("key", std::move(work))) == 7 ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, kThreads * kTimes);
}

TEST_F(SingleFlightTest, WhoWaitsForSomebodyThatIsDestroyedIsToldSo) {
  const auto endless = [](const std::shared_ptr<net::steady_timer>& timer) {
    return [timer]() -> net::awaitable<int> {
      co_await timer->async_wait(net::use_awaitable);
      co_return 1;
    };
  };
  net::io_context patient;
  bool told = false;
  {
    net::io_context leaving;
    auto timer = std::make_shared<net::steady_timer>(leaving, net::steady_timer::time_point::max());
    auto doing = [&]() -> net::awaitable<void> {
      auto work = endless(timer);
      co_await flight_("key", std::move(work));
    };
    net::co_spawn(leaving, doing, net::detached);
    leaving.poll();
    auto waiting = [&]() -> net::awaitable<void> {
      try {
        auto work = counting();
        co_await flight_("key", std::move(work));
      } catch (const Unavailable&) {
        told = true;
      }
    };
    net::co_spawn(patient, waiting, net::detached);
    patient.poll();
  }
  patient.restart();
  patient.run();
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace secureauth
