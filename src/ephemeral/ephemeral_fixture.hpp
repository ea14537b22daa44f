#pragma once

#include "core/clock_fixture.hpp"
#include "core/run_to_end.hpp"

#include <gtest/gtest.h>

namespace secureauth::ephemeral {

class EphemeralFixture : public testing::Test {
 protected:
  template <class T>
  T wait(net::awaitable<T> work) {
    return run_to_end(std::move(work));
  }

  SetClock clock_;
};

}  // namespace secureauth::ephemeral
