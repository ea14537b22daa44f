#include "app/failure_reminder.hpp"

#include "core/clock_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::app {
namespace {

TEST(FailureReminderTest, TellsTheBeginEachHourAndTheEnd) {
  SetClock clock;
  FailureReminder reminder(clock);
  EXPECT_FALSE(reminder.works());
  EXPECT_TRUE(reminder.fails());
  for (int second = 1; second < 3600; ++second) {
    clock.advance(std::chrono::seconds(1));
    EXPECT_FALSE(reminder.fails());
  }
  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(reminder.fails());
  EXPECT_FALSE(reminder.fails());
  EXPECT_TRUE(reminder.works());
  EXPECT_FALSE(reminder.works());
  EXPECT_TRUE(reminder.fails());
}

}  // namespace
}  // namespace secureauth::app
