#include "core/clock.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace secureauth {
namespace {

using namespace std::chrono;

Timestamp at(std::int64_t micros) {
  return Timestamp(microseconds(micros));
}

TEST(ClockTest, WritesSixDigitsAndZ) {  // RFC 3339 §5.6
  EXPECT_EQ(to_rfc3339(at(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Timestamp(sys_days(2024y / February / 29)) + 23h + 59min + 59s + 7us),
            "2024-02-29T23:59:59.000007Z");
  EXPECT_EQ(to_rfc3339(at(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(Timestamp(sys_days(9999y / December / 31))), "9999-12-31T00:00:00.000000Z");
}

TEST(ClockTest, RefusesToWriteYearsThatDoNotFit) {
  EXPECT_THROW((void)to_rfc3339(Timestamp(sys_days(10000y / January / 1))), std::out_of_range);
}

TEST(ClockTest, ReadsWhatItWrote) {
  for (const auto time : {at(0), at(-1), at(1'790'000'000'123'456), Timestamp(sys_days(2000y / February / 29)) + 1us}) {
    EXPECT_EQ(from_rfc3339(to_rfc3339(time)), time);
  }
}

TEST(ClockTest, TextSortsAsTimeDoes) {
  const Timestamp times[] = {at(-1), at(0), at(9), at(10), at(999'999), at(1'000'000), at(1'790'000'000'000'000)};
  for (std::size_t i = 1; i < std::size(times); ++i) EXPECT_LT(to_rfc3339(times[i - 1]), to_rfc3339(times[i]));
}

TEST(ClockTest, ReadsFewerFractionalDigits) {
  EXPECT_EQ(from_rfc3339("1970-01-01T00:00:01Z"), at(1'000'000));
  EXPECT_EQ(from_rfc3339("1970-01-01T00:00:01.5Z"), at(1'500'000));
  EXPECT_EQ(from_rfc3339("1970-01-01T00:00:01.000010Z"), at(1'000'010));
}

TEST(ClockTest, RefusesAnythingElse) {
  for (const auto* text : {"",
                           "Z",
                           "1970-01-01",
                           "1970-01-01T00:00:00",
                           "1970-01-01T00:00:00+00:00",
                           "1970-01-01 00:00:00Z",
                           "1970-01-01t00:00:00Z",
                           "1970-01-01T00:00:00z",
                           "1970-01-01T00:00:00.Z",
                           "1970-01-01T00:00:00.1234567Z",
                           "1970-01-01T00:00:00,5Z",
                           "1970-13-01T00:00:00Z",
                           "1970-02-29T00:00:00Z",
                           "1970-01-01T24:00:00Z",
                           "1970-01-01T00:60:00Z",
                           "1970-01-01T00:00:60Z",
                           "1970-01-01T00:00:-1Z",
                           "+970-01-01T00:00:00Z",
                           "1970-01-01T00:00:00.1 Z",
                           "0000-01-01T00:00:00Z"}) {
    EXPECT_THROW((void)from_rfc3339(text), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace secureauth
