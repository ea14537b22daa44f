#include "core/outage_notice.hpp"

#include "core/clock_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth {
namespace {

using std::chrono::seconds;

TEST(OutageNotices, TellTheBeginEachHourAndTheEnd) {
  SetClock clock;
  OutageNotice outage;
  const auto is_told = [&] { return outage.due(clock.now()) != OutageNotice::Due::nothing; };
  EXPECT_FALSE(outage.end());
  EXPECT_TRUE(is_told());
  for (int second = 1; second < 3600; ++second) {
    clock.advance(seconds(1));
    EXPECT_FALSE(is_told());
  }
  clock.advance(seconds(1));
  EXPECT_TRUE(is_told());
  EXPECT_FALSE(is_told());
  EXPECT_TRUE(outage.end());
  EXPECT_FALSE(outage.end());
  EXPECT_TRUE(is_told());
}

TEST(OutageNotices, AreDueAtTheBeginningAndEachHour) {
  using Due = OutageNotice::Due;
  OutageNotice outage;
  const Timestamp now{seconds(1'000'000)};
  EXPECT_FALSE(outage.end());
  EXPECT_EQ(outage.due(now), Due::beginning);
  EXPECT_EQ(outage.due(now + seconds(3599)), Due::nothing);
  EXPECT_EQ(outage.due(now + seconds(3600)), Due::again);
  EXPECT_EQ(outage.due(now + seconds(3601)), Due::nothing);
  EXPECT_TRUE(outage.end());
  EXPECT_EQ(outage.due(now + seconds(3602)), Due::beginning);
}

}  // namespace
}  // namespace secureauth
