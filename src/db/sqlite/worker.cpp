#include "db/sqlite/worker.hpp"

#include "telemetry/metrics.hpp"

#include <pthread.h>
#include <utility>

namespace secureauth::db::sqlite {

Worker::Worker(std::size_t capacity, Job on_stop)
    : capacity_(capacity), on_stop_(std::move(on_stop)), thread_([this] { run(); }) {}

bool Worker::has_room() const {
  const std::lock_guard lock(mutex_);
  return !stopping_ && waiting_.size() < capacity_;
}

bool Worker::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Worker::push(std::deque<Job>& queue, Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    queue.push_back(std::move(job));
    telemetry::metrics().store_waiting.add(1);
  }
  wake_.notify_one();
}

void Worker::post(Job job) {
  push(waiting_, std::move(job));
}

void Worker::post_holder(Job job) {
  push(of_holder_, std::move(job));
}

void Worker::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void Worker::release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
}

void Worker::run() {
  pthread_setname_np(pthread_self(), "sqlite");  // of another thread it would be a file to write
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !of_holder_.empty() || (!held_ && !waiting_.empty()); });
    auto& queue = of_holder_.empty() && !held_ ? waiting_ : of_holder_;
    if (!queue.empty()) {
      {
        const Job job = std::exchange(queue.front(), nullptr);
        queue.pop_front();
        telemetry::metrics().store_waiting.add(-1);
        lock.unlock();
        job();
      }  // the job goes before the lock is taken: what it held may post
      lock.lock();
    } else if (held_) {  // stopping, and the transaction's owner can no longer reach us
      held_ = false;
      lock.unlock();
      on_stop_();
      lock.lock();
    } else {
      return;  // stopping, and nothing is left
    }
  }
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace secureauth::db::sqlite
