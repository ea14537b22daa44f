#include "process/watchdog.hpp"

#include "app/watched_parts.hpp"
#include "core/run_to_end.hpp"
#include "telemetry/log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <future>

namespace secureauth::process {
namespace {

using app::watched_context;
using app::watched_pool;
using app::watched_store;

using Silent = std::vector<std::string>;

/// An io_context with a thread, as the server has.
class Threaded {
 public:
  Threaded() : thread_([this] { context.run(); }) {}
  ~Threaded() {
    work_.reset();
    thread_.join();
  }
  Threaded(const Threaded&) = delete;
  Threaded& operator=(const Threaded&) = delete;

  /// Until what was posted before has run.
  void settle() {
    std::promise<void> done;
    net::post(context, [&done] { done.set_value(); });
    done.get_future().wait();
  }

  net::io_context context{1};

 private:
  net::executor_work_guard<net::io_context::executor_type> work_{context.get_executor()};
  std::thread thread_;
};

TEST(WatchdogTest, BeatsOnlyWhenEveryPartAnsweredSinceTheLastBeat) {
  int beats = 0;
  std::vector<Watchdog::Answer> asked;
  const auto ask = [&asked](Watchdog::Answer answer) { asked.push_back(std::move(answer)); };
  Watchdog dog({{"one", ask}, {"two", ask}}, [&beats] { ++beats; });
  EXPECT_EQ(dog.look(), (Silent{"one", "two"})) << "nobody was asked before";
  asked.at(0)();
  EXPECT_EQ(dog.look(), Silent{"two"});
  EXPECT_EQ(beats, 0);
  asked.at(1)();
  EXPECT_TRUE(dog.look().empty());
  EXPECT_EQ(beats, 1);
  EXPECT_EQ(dog.look(), (Silent{"one", "two"})) << "an answer serves for one beat";
}

TEST(WatchdogTest, ABlockedNetworkThreadStopsTheBeat) {
  Threaded first;
  Threaded second;
  int beats = 0;
  Watchdog dog({watched_context(first.context), watched_context(second.context)}, [&beats] { ++beats; });
  const auto look = [&] {
    const auto silent = dog.look();
    first.settle();
    return silent;
  };
  look();
  second.settle();
  EXPECT_TRUE(look().empty());
  second.settle();

  std::promise<void> let_go;
  net::post(second.context, [blocked = let_go.get_future()]() mutable { blocked.wait(); });
  look();  // the answer to the last question still counts
  beats = 0;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(look(), Silent{"network"});
  EXPECT_EQ(beats, 0);
  let_go.set_value();
  second.settle();
  EXPECT_TRUE(look().empty());
  EXPECT_EQ(beats, 1);
}

TEST(WatchdogTest, APoolThatIsBusyAnswersAndOneThatHangsDoesNot) {
  passwords::HashingPool pool({.threads = 1, .max_wait = std::chrono::hours(1), .first_guess = {}});
  Threaded caller;
  int beats = 0;
  Watchdog dog({watched_pool("hashing", pool)}, [&beats] { ++beats; });
  dog.look();
  EXPECT_TRUE(dog.look().empty()) << "idle";

  std::promise<void> let_go;
  std::promise<void> begun;
  auto hang = [&]() -> net::awaitable<void> {
    auto work = [&] {
      begun.set_value();
      let_go.get_future().wait();
      return true;
    };
    co_await pool.run(work);
  };
  net::co_spawn(caller.context, hang, net::detached);
  begun.get_future().wait();
  dog.look();  // the answer to the last question still counts
  for (int i = 0; i < 5; ++i) EXPECT_EQ(dog.look(), Silent{"hashing"});
  let_go.set_value();
  while (pool.load().jobs > 0) std::this_thread::yield();
  dog.look();
  EXPECT_TRUE(dog.look().empty());
}

/// Checks that end when the test says so.
class SlowStore final : public db::Database {
 public:
  net::awaitable<db::Rows> execute(db::Statement, db::Params) override { throw db::DatabaseError("not here"); }
  net::awaitable<std::unique_ptr<db::Transaction>> begin() override { throw db::DatabaseError("not here"); }
  net::awaitable<void> check_ready() override {
    ++checks;
    while (hangs) co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
    throw db::DatabaseError("gone");
  }
  std::atomic<int> checks = 0;
  std::atomic<bool> hangs = true;
};

TEST(WatchdogTest, AStoreThatFailsAnswersAndOneThatHangsDoesNot) {
  SlowStore store;
  Threaded caller;  // which ends before the store: it may be asked once more
  Watchdog dog({watched_store(caller.context, store)}, [] {});
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(dog.look(), Silent{"record_store"});
    caller.settle();
  }
  EXPECT_EQ(store.checks, 1) << "one check at a time";
  store.hangs = false;
  Silent silent{"record_store"};
  while (!silent.empty()) silent = dog.look();
}

TEST(WatchdogTest, APartThatNeverAnsweredIsToldOfOnce) {
  testing::internal::CaptureStderr();
  std::atomic<int> asked = 0;
  Watchdog dog({{"mute", [&asked](const Watchdog::Answer&) { ++asked; }}}, [] {});
  dog.start(std::chrono::milliseconds(3));
  while (asked < 5) std::this_thread::yield();
  dog.stop();
  telemetry::flush_log();
  const auto said = testing::internal::GetCapturedStderr();
  const auto first = said.find("a part does not answer the watchdog");
  ASSERT_NE(first, std::string::npos) << said;
  EXPECT_EQ(said.find("a part does not answer the watchdog", first + 1), std::string::npos) << said;
}

TEST(WatchdogTest, LooksByItself) {
  Threaded network;
  std::atomic<int> beats = 0;
  Watchdog dog({watched_context(network.context)}, [&beats] { ++beats; });
  dog.start(std::chrono::milliseconds(3));
  while (beats < 5) std::this_thread::yield();
  dog.stop();
}

}  // namespace
}  // namespace secureauth::process
