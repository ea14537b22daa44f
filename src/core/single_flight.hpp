#pragma once

#include "core/error.hpp"
#include "core/net.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace secureauth {

/// Of those who ask for the same at once, one does the work and all get what it gave, or what it threw: each on his own
/// executor. Whoever asks later has it done anew. Thread-safe; must outlive its calls.
///
///   const auto token = co_await flight_(key, std::move(work));  // work: () -> awaitable<T>; a named value (g++ 12)
template <class T>
class SingleFlight {
 public:
  /// Throws Unavailable where whoever did the work was destroyed in the middle of it.
  template <class Work>
  net::awaitable<T> operator()(std::string key, Work work) {
    const auto [flight, is_mine] = board(key);
    if (is_mine) {
      const std::unique_ptr<Flight, Landing> landing(flight.get(), Landing{this, &key});
      try {
        auto value = co_await work();
        flight->value = std::move(value);
      } catch (...) {
        flight->error = std::current_exception();
      }
    } else {
      co_await landed(flight);
    }
    if (flight->error) std::rethrow_exception(flight->error);
    if (!flight->value) throw Unavailable("whoever did the work is gone");
    co_return *flight->value;
  }

 private:
  struct Flight {
    std::optional<T> value;
    std::exception_ptr error;
    bool over = false;                                      ///< under the mutex, as what follows
    std::vector<std::weak_ptr<net::steady_timer>> waiting;  ///< each is its waiter's own, and goes with him
  };
  struct Landing {
    SingleFlight* all;
    const std::string* key;
    void operator()(Flight* flight) const { all->land(*key, *flight); }
  };

  std::pair<std::shared_ptr<Flight>, bool> board(const std::string& key) {
    const std::lock_guard lock(mutex_);
    auto& flight = flying_[key];
    const bool is_first = !flight;
    if (is_first) flight = std::make_shared<Flight>();
    return {flight, is_first};
  }

  void land(const std::string& key, Flight& flight) {
    std::vector<std::weak_ptr<net::steady_timer>> waiting;
    {
      const std::lock_guard lock(mutex_);
      flight.over = true;
      waiting.swap(flight.waiting);
      flying_.erase(key);
    }
    for (const auto& weak : waiting) {
      const auto timer = weak.lock();
      if (timer) net::post(timer->get_executor(), [timer] { timer->cancel(); });
    }
  }

  net::awaitable<void> landed(std::shared_ptr<Flight> flight) {
    const auto executor = co_await net::this_coro::executor;
    const auto timer = std::make_shared<net::steady_timer>(executor, net::steady_timer::time_point::max());
    {
      const std::lock_guard lock(mutex_);
      if (flight->over) co_return;
      flight->waiting.push_back(timer);
    }
    co_await timer->async_wait(net::as_tuple(net::use_awaitable));
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Flight>> flying_;
};

}  // namespace secureauth
