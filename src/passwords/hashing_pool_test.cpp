#include "passwords/hashing_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <barrier>
#include <latch>
#include <memory>
#include <stdexcept>

namespace secureauth::passwords {
namespace {

using std::chrono::milliseconds;

class HashingPoolTest : public testing::Test {
 protected:
  /// Starts a job whose end run_all() waits for.
  void submit(std::function<void()> work, HashingPool::Lane lane = HashingPool::Lane::strangers) {
    net::co_spawn(io_, one(std::move(work), lane), net::detached);
    io_.restart();
    io_.poll();  // up to where it waits for the pool
  }
  void run_all() {
    io_.restart();
    io_.run();
  }
  /// A pool of one thread that has learnt what a job costs and is busy until `release`: what comes now waits too long.
  void occupy_until(std::latch& release) {
    pool_.emplace(HashingPool::Options{.threads = 1, .max_wait = milliseconds(1)});
    submit([] { std::this_thread::sleep_for(milliseconds(5)); });
    run_all();
    const auto started = std::make_shared<std::latch>(1);  // the job may still be leaving it when this returns
    submit([started, &release] {
      started->count_down();
      release.wait();
    });
    started->wait();
  }
  net::awaitable<void> one(std::function<void()> work, HashingPool::Lane lane) {
    auto job = [work = std::move(work)] {
      work();
      return 7;
    };
    try {
      const auto result = co_await pool_->run(std::move(job), lane);
      if (result.has_value()) {
        EXPECT_EQ(*result, 7);
        ++finished_;
      } else {
        refusals_.push_back(result.error());
      }
    } catch (const std::runtime_error& error) {
      thrown_.emplace_back(error.what());
    }
  }

  net::io_context io_;
  std::optional<HashingPool> pool_;
  int finished_ = 0;
  std::vector<Error> refusals_;
  std::vector<std::string> thrown_;
};

TEST_F(HashingPoolTest, RunsWhatItAdmittedOnAThreadOfItsOwn) {
  pool_.emplace(HashingPool::Options{.threads = 1});
  const auto here = std::this_thread::get_id();
  std::thread::id there;
  submit([&there] { there = std::this_thread::get_id(); });
  run_all();
  EXPECT_EQ(finished_, 1);
  EXPECT_NE(there, here);
}

TEST_F(HashingPoolTest, AFloodOfStrangersRefusesNobodyWhoIsKnown) {  // ASVS 6.1.1
  std::latch release(1);
  occupy_until(release);
  submit([] { ADD_FAILURE() << "a refused job ran"; });
  submit([] {}, HashingPool::Lane::known);
  EXPECT_EQ(refusals_.size(), 1U);
  submit([] { ADD_FAILURE() << "a refused job ran"; }, HashingPool::Lane::known);
  EXPECT_EQ(refusals_.size(), 2U) << "they wait for one another";
  release.count_down();
  run_all();
  EXPECT_EQ(finished_, 3);
}

TEST_F(HashingPoolTest, WhoIsKnownGoesFirst) {
  pool_.emplace(HashingPool::Options{.threads = 1});
  std::latch started(1);
  std::latch release(1);
  submit([&] {
    started.count_down();
    release.wait();
  });
  started.wait();
  std::string order;
  submit([&order] { order += 's'; });
  submit([&order] { order += 'k'; }, HashingPool::Lane::known);
  submit([&order] { order += 's'; });
  release.count_down();
  run_all();
  EXPECT_EQ(order, "kss");
}

TEST_F(HashingPoolTest, RefusesAtOnceWhatWouldWaitTooLong) {
  std::latch release(1);
  occupy_until(release);
  submit([] { ADD_FAILURE() << "a refused job ran"; });
  ASSERT_EQ(refusals_.size(), 1U);  // while the thread is still busy
  EXPECT_EQ(refusals_.front().code, ErrorCode::overloaded);
  EXPECT_EQ(refusals_.front().retry_after, std::chrono::seconds(1));
  release.count_down();
  run_all();
  EXPECT_EQ(finished_, 2);
}

TEST_F(HashingPoolTest, ARefusalTakesNoPlace) {
  std::latch release(1);
  occupy_until(release);
  for (int i = 0; i < 100; ++i) submit([] {});
  release.count_down();
  run_all();
  pool_.reset();  // its bookkeeping is done
  EXPECT_EQ(refusals_.size(), 100U);
  EXPECT_EQ(finished_, 2);
}

TEST_F(HashingPoolTest, AnExceptionReachesTheAwaiterAndThePoolLivesOn) {
  pool_.emplace(HashingPool::Options{.threads = 1});
  submit([] { throw std::runtime_error("no memory for the arena"); });
  run_all();
  ASSERT_EQ(thrown_.size(), 1U);
  EXPECT_EQ(thrown_.front(), "no memory for the arena");
  submit([] {});
  run_all();
  EXPECT_EQ(finished_, 1);
}

TEST_F(HashingPoolTest, RunsAsManyAtOnceAsItHasThreadsAndNeverMore) {  // memory: threads × arena
  pool_.emplace(HashingPool::Options{.threads = 2});
  std::barrier pair(2);  // no job ends before another runs beside it
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  for (int i = 0; i < 20; ++i) {
    submit([&] {
      const int now = ++running;
      int seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      pair.arrive_and_wait();
      --running;
    });
  }
  run_all();
  EXPECT_EQ(finished_, 20);
  EXPECT_EQ(most, 2);
}

TEST_F(HashingPoolTest, ItsEndFinishesWhatIsQueued) {
  pool_.emplace(HashingPool::Options{.threads = 1});
  std::latch release(1);
  std::atomic<int> ran = 0;
  submit([&] { release.wait(); });
  for (int i = 0; i < 5; ++i) submit([&ran] { ++ran; });
  release.count_down();
  pool_.reset();
  EXPECT_EQ(ran, 5);
  run_all();
  EXPECT_EQ(finished_, 6);
}

TEST_F(HashingPoolTest, TellsWhatItDid) {
  std::latch release(1);
  occupy_until(release);
  submit([] {});
  submit([] {}, HashingPool::Lane::known);
  const auto load = pool_->load();
  release.count_down();
  run_all();
  const auto done = pool_->counts().durations.value();
  const auto waited = pool_->counts().waits.value();
  std::uint64_t jobs = 0;
  std::uint64_t waits = 0;
  for (const auto count : done.buckets) jobs += count;
  for (const auto count : waited.buckets) waits += count;
  EXPECT_EQ(jobs, waits);
  EXPECT_EQ(jobs + pool_->counts().turned_away.value(), 4U) << "each job ran, or was turned away";
  EXPECT_GE(pool_->counts().turned_away.value(), 1U);
  EXPECT_EQ(load.waiting + 1, load.jobs) << "one ran, the others waited";
}

}  // namespace
}  // namespace secureauth::passwords
