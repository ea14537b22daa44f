#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

namespace secureauth::ephemeral {

class SetClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return now_; }
  void advance(Timestamp::duration by) { now_ += by; }

 private:
  Timestamp now_ = from_rfc3339("2026-01-01T12:00:00.000000Z");
};

class EphemeralFixture : public testing::Test {
 protected:
  template <class T>
  T wait(net::awaitable<T> work) {
    net::io_context context;
    auto done = net::co_spawn(context, std::move(work), net::use_future);
    context.run();
    return done.get();
  }

  SetClock clock_;
};

}  // namespace secureauth::ephemeral
