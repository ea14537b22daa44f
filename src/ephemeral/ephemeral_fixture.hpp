#pragma once

#include "core/clock.hpp"
#include "core/run_to_end.hpp"

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
    return run_to_end(std::move(work));
  }

  SetClock clock_;
};

}  // namespace secureauth::ephemeral
