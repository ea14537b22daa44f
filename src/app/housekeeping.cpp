#include "app/housekeeping.hpp"

#include "telemetry/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace secureauth::app {
namespace {

constexpr auto kEvery = std::chrono::minutes(10);

}  // namespace

Housekeeping::Housekeeping(net::io_context& context, Components& components)
    : context_(context), components_(components), timer_(context) {}

void Housekeeping::start() {
  net::co_spawn(context_, run(), net::detached);
}

void Housekeeping::stop() {
  net::post(context_, [this] {
    stopping_ = true;
    timer_.cancel();
  });
}

net::awaitable<void> Housekeeping::run() {
  while (!stopping_) {
    try {
      co_await components_.sessions.forget_expired();
      co_await components_.registration.forget_expired();
      co_await components_.outbox.forget_old(*components_.database);
    } catch (const std::exception& error) {
      telemetry::log(telemetry::Level::warning, "housekeeping failed", {{"cause", error.what()}});
    }
    if (stopping_) co_return;
    timer_.expires_after(kEvery);
    co_await timer_.async_wait(net::as_tuple(net::use_awaitable));
  }
}

}  // namespace secureauth::app
