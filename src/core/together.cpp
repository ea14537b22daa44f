#include "core/together.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <exception>
#include <memory>

namespace secureauth {
namespace {

struct Running {
  explicit Running(const net::any_io_executor& executor, std::size_t count)
      : last_ended(executor, net::steady_timer::time_point::max()), left(count) {}
  net::steady_timer last_ended;
  std::size_t left;
};

}  // namespace

net::awaitable<void> together(std::vector<net::awaitable<void>> tasks) {
  const auto executor = co_await net::this_coro::executor;
  const auto running = std::make_shared<Running>(executor, tasks.size());
  for (auto& task : tasks) {
    net::co_spawn(executor, std::move(task), [running](const std::exception_ptr&) {
      if (--running->left == 0) running->last_ended.cancel();
    });
  }
  if (running->left > 0) co_await running->last_ended.async_wait(net::as_tuple(net::use_awaitable));
}

}  // namespace secureauth
