#pragma once

#include "core/error.hpp"
#include "core/net.hpp"
#include "core/offload.hpp"
#include "telemetry/instruments.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

namespace secureauth::passwords {

/// Threads that do nothing but hash, niced below the io threads, so that a login flood never slows a session check.
/// Memory is bounded by threads × arena, time by the queue: a request that would wait longer than `max_wait` is
/// refused at once with `overloaded` and when to come back. Thread-safe.
class HashingPool {
 public:
  /// Of whom there is reason to believe that he is no stranger goes first, and waits for his like alone: a flood of
  /// strangers keeps nobody out who signs in where he did before.
  enum class Lane { strangers, known };

  struct Options {
    unsigned threads = 1;
    std::chrono::milliseconds max_wait{2000};
    std::chrono::microseconds first_guess{};  ///< what one job may cost, until one was measured
  };
  explicit HashingPool(Options options);
  ~HashingPool();
  HashingPool(const HashingPool&) = delete;
  HashingPool& operator=(const HashingPool&) = delete;

  struct Load {
    unsigned threads = 0;
    std::size_t jobs = 0;     ///< that run or wait
    std::size_t waiting = 0;  ///< of these
    std::chrono::microseconds typical_cost{};
    std::uint64_t finished = 0;  ///< jobs so far
  };
  [[nodiscard]] Load load();

  /// What it has done since it was made.
  struct Counts {
    telemetry::Counter turned_away;  ///< jobs refused as overloaded
    telemetry::Histogram waits;      ///< of a job for its thread
    telemetry::Histogram durations;  ///< of a job on it
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

  /// Runs `work()`, which may be move-only, on a hashing thread and resumes on the caller's executor.
  /// Fails with overloaded.
  template <class Work>
  net::awaitable<Result<std::invoke_result_t<Work&>>> run(Work work, Lane lane = Lane::strangers) {
    if (const auto wait = admit(lane); wait) {
      Error busy = ErrorCode::overloaded;
      busy.retry_after = std::chrono::ceil<std::chrono::seconds>(*wait);
      co_return busy;
    }
    auto post = [this, lane](auto job) { enqueue(std::move(job), lane); };
    // Settled before the caller resumes, who may have more to ask for.
    auto counted = [this, lane, work = std::move(work)]() mutable {
      const Settling settling(*this, lane);
      return work();
    };
    auto value = co_await offload(std::move(post), std::move(counted));
    co_return value;
  }

 private:
  /// Lives as long as a job runs; at its end gives its place back and learns what it took.
  class Settling {
   public:
    Settling(HashingPool& pool, Lane lane) : pool_(pool), lane_(lane) {}
    ~Settling();
    Settling(const Settling&) = delete;
    Settling& operator=(const Settling&) = delete;

   private:
    HashingPool& pool_;
    Lane lane_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  };

  /// Reserves a place in the queue, or tells how long the wait would have been.
  std::optional<std::chrono::microseconds> admit(Lane lane);
  void enqueue(std::function<void()> job, Lane lane);
  void work();

  const Options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  struct Waiting {
    std::function<void()> job;
    std::chrono::steady_clock::time_point since;
  };
  std::deque<Waiting> queue_;  ///< of strangers
  std::deque<Waiting> known_queue_;
  std::size_t admitted_ = 0;                // queued or running, of either lane
  std::size_t known_admitted_ = 0;          // of these, of who is known
  std::chrono::microseconds typical_cost_;  // moving average of one job
  Counts counts_;
  std::uint64_t finished_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace secureauth::passwords
