#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace secureauth::db::sqlite {

/// One thread that runs jobs in the order they came, and can be held by a transaction: while it is, only the holder's
/// jobs run and the others wait their turn, without any thread waiting for them. Jobs must not throw. Thread-safe.
class Worker {
 public:
  using Job = std::function<void()>;

  /// `capacity` is how many jobs may wait; `on_stop` is run on the thread when a transaction is still open at the end.
  Worker(std::size_t capacity, Job on_stop);
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Whether another job may be queued: false when too many wait or after stop(). For callers that want to refuse in
  /// time; the queue itself takes one more, so that a hundred who asked at once need no lock of their own.
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] bool stopped() const;

  void post(Job job);         ///< takes its turn
  void post_holder(Job job);  ///< goes ahead of those who wait; only for who holds the worker

  void hold();     ///< from a job: only the holder's jobs from now on
  void release();  ///< from a job: back to turns

  /// Runs what is queued, then ends the thread. A transaction still open then is abandoned through `on_stop`.
  /// Jobs posted later are dropped. May be called again; not from a job.
  void stop();

 private:
  void run();
  void push(std::deque<Job>& queue, Job job);

  const std::size_t capacity_;
  const Job on_stop_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> waiting_;
  std::deque<Job> of_holder_;
  bool held_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace secureauth::db::sqlite
