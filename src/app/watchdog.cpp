#include "app/watchdog.hpp"

#include "telemetry/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <pthread.h>
#include <utility>

namespace secureauth::app {

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

Watchdog::Part watched_context(net::io_context& context) {
  return {"network", [&context](Watchdog::Answer answer) { net::post(context, std::move(answer)); }};
}

Watchdog::Part watched_pool(std::string name, passwords::HashingPool& pool) {
  auto seen = std::make_shared<std::uint64_t>(pool.load().finished);
  return {std::move(name), [&pool, seen](const Watchdog::Answer& answer) {
            const auto load = pool.load();
            if (load.jobs == 0 || load.finished != std::exchange(*seen, load.finished)) answer();
          }};
}

Watchdog::Part watched_store(net::io_context& context, db::Database& database) {
  auto under_way = std::make_shared<std::atomic<bool>>(false);
  return {"record_store", [&context, &database, under_way](Watchdog::Answer answer) {
            if (under_way->exchange(true)) return;
            auto check = [&database, under_way, answer = std::move(answer)]() -> net::awaitable<void> {
              try {
                co_await database.check_ready();
              } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): to be told so is an answer
              }
              *under_way = false;
              answer();
            };
            net::co_spawn(context, std::move(check), net::detached);
          }};
}

}  // namespace secureauth::app
