#include "core/even_answer.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace secureauth {

net::awaitable<void> even_out(std::chrono::steady_clock::time_point began) {
  net::steady_timer timer(co_await net::this_coro::executor);
  timer.expires_at(began + kEvenAnswer);
  co_await timer.async_wait(net::use_awaitable);
}

}  // namespace secureauth
