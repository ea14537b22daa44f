#include "core/backoff.hpp"

#include <gtest/gtest.h>

namespace secureauth {
namespace {

using std::chrono::milliseconds;

TEST(BackoffTest, DoublesUpToItsCapWithJitterBelow) {
  Backoff backoff(milliseconds(100), milliseconds(350));
  for (const auto most : {100, 200, 350, 350, 350}) {
    const auto pause = backoff.next();
    EXPECT_LE(pause, milliseconds(most));
    EXPECT_GE(pause, milliseconds(most / 2));
  }
}

TEST(BackoffTest, BeginsAgainAfterASuccess) {
  Backoff backoff(milliseconds(100), milliseconds(10'000));
  for (int i = 0; i < 5; ++i) backoff.next();
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds(100));
}

TEST(BackoffTest, JitterIsNotAlwaysTheSame) {
  const auto first = jittered(milliseconds(1'000'000));
  bool differs = false;
  for (int i = 0; i < 100; ++i) differs = differs || jittered(milliseconds(1'000'000)) != first;
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace secureauth
