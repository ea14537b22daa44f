#include "passwords/hashing_pool.hpp"

#include <sys/resource.h>

namespace secureauth::passwords {
namespace {

constexpr int kNiceness = 10;

}  // namespace

HashingPool::HashingPool(Options options) : options_(options), typical_cost_(options.first_guess) {
  for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
}

HashingPool::~HashingPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

std::optional<std::chrono::microseconds> HashingPool::admit(Lane lane) {
  const std::lock_guard lock(mutex_);
  const bool is_known = lane == Lane::known;
  const auto ahead = (is_known ? known_admitted_ : admitted_) / options_.threads;  // rounds before this job's begins
  const auto wait = typical_cost_ * static_cast<std::int64_t>(ahead);
  if (wait > options_.max_wait) {
    counts_.turned_away.add();
    return wait;
  }
  ++admitted_;
  if (is_known) ++known_admitted_;
  return std::nullopt;
}

HashingPool::Load HashingPool::load() {
  const std::lock_guard lock(mutex_);
  return {.threads = options_.threads,
          .jobs = admitted_,
          .waiting = queue_.size() + known_queue_.size(),
          .typical_cost = typical_cost_,
          .finished = finished_};
}

void HashingPool::enqueue(std::function<void()> job, Lane lane) {
  {
    const std::lock_guard lock(mutex_);
    (lane == Lane::known ? known_queue_ : queue_).push_back({std::move(job), std::chrono::steady_clock::now()});
  }
  wake_.notify_one();
}

void HashingPool::work() {
  // On Linux a nice value belongs to a thread (setpriority(2), "C library/kernel differences").
  setpriority(PRIO_PROCESS, 0, kNiceness);
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty() || !known_queue_.empty(); });
    auto& next = known_queue_.empty() ? queue_ : known_queue_;
    if (next.empty()) return;  // stopping, and nothing is left undone
    auto [job, since] = std::move(next.front());
    next.pop_front();
    lock.unlock();
    counts_.waits.observe(std::chrono::steady_clock::now() - since);
    job();
    job = nullptr;
    lock.lock();
  }
}

HashingPool::Settling::~Settling() {
  constexpr int kMemory = 8;  // jobs that the average remembers
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_);
  pool_.counts_.durations.observe(took);
  const std::lock_guard lock(pool_.mutex_);
  --pool_.admitted_;
  ++pool_.finished_;
  if (lane_ == Lane::known) --pool_.known_admitted_;
  auto& typical = pool_.typical_cost_;
  typical = typical.count() == 0 ? took : (typical * (kMemory - 1) + took) / kMemory;
}

}  // namespace secureauth::passwords
