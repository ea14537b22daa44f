#pragma once

#include "passwords/hashing_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <thread>

namespace secureauth::passwords {

/// A pool whose one thread a stranger holds: others like him are refused, and whoever is known waits for it. For
/// unit tests.
class BusyPool {
 public:
  HashingPool pool{{.threads = 1, .max_wait = std::chrono::milliseconds(1), .first_guess = std::chrono::hours(1)}};

  BusyPool() {
    net::co_spawn(context_, hold(), net::detached);
    context_.poll();
    while (!held_) std::this_thread::yield();
  }
  BusyPool(const BusyPool&) = delete;
  BusyPool& operator=(const BusyPool&) = delete;
  ~BusyPool() {
    let_go();
    context_.run();
  }

  void let_go() { let_go_ = true; }
  /// For whoever is going to wait for the thread.
  [[nodiscard]] std::jthread let_go_soon() {
    return std::jthread([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      let_go();
    });
  }

 private:
  net::awaitable<void> hold() {
    auto job = [this] {
      held_ = true;
      while (!let_go_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return 0;
    };
    const auto done = co_await pool.run(job);
    (void)done;
  }

  std::atomic<bool> held_ = false;
  std::atomic<bool> let_go_ = false;
  net::io_context context_;
};

}  // namespace secureauth::passwords
