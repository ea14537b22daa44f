#include "core/even_answer.hpp"

#include "core/run_to_end.hpp"

#include <gtest/gtest.h>

namespace secureauth {
namespace {

TEST(EvenAnswerTest, ComesNoSoonerThanItsTime) {  // ASVS 6.3.8
  const auto began = std::chrono::steady_clock::now();
  run_to_end(even_out(began));
  EXPECT_GE(std::chrono::steady_clock::now() - began, kEvenAnswer);
}

TEST(EvenAnswerTest, LengthensNothingThatTookLonger) {
  const auto before = std::chrono::steady_clock::now();
  run_to_end(even_out(before - std::chrono::hours(1)));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::minutes(1));
}

}  // namespace
}  // namespace secureauth
