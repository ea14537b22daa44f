#include "process/watchdog.hpp"

#include "telemetry/log.hpp"

#include <pthread.h>
#include <utility>

namespace secureauth::process {

Watchdog::Watchdog(std::vector<Part> parts, std::function<void()> beat) : beat_(std::move(beat)) {
  for (auto& part : parts) parts_.push_back({std::move(part), std::make_shared<std::atomic<bool>>(false)});
}

std::vector<std::string> Watchdog::look() {
  std::vector<std::string> silent;
  for (const auto& [part, answered] : parts_) {
    if (!*answered) silent.push_back(part.name);
  }
  if (silent.empty()) {
    beat_();
    for (const auto& asked : parts_) *asked.answered = false;
  }
  for (const auto& [part, answered] : parts_) {
    if (!*answered) part.ask([answered = answered] { *answered = true; });
  }
  return silent;
}

void Watchdog::start(std::chrono::microseconds limit) {
  // A part that is asked at one look has answered by the next, and the beat is told to come within three.
  thread_ = std::thread([this, every = limit / 3] { watch(every); });
  pthread_setname_np(thread_.native_handle(), "watchdog");
}

void Watchdog::watch(std::chrono::microseconds every) {
  look();  // only asks
  bool told = false;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, every, [this] { return stopping_; })) {
    lock.unlock();
    const auto silent = look();
    for (const auto& name : silent) {
      if (!told) telemetry::log(telemetry::Level::error, "a part does not answer the watchdog", {{"part", name}});
    }
    told = !silent.empty();
    lock.lock();
  }
}

void Watchdog::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace secureauth::process
