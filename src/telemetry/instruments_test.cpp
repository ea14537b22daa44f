#include "telemetry/exposition.hpp"

#include <gtest/gtest.h>

namespace secureauth::telemetry {
namespace {

TEST(InstrumentsTest, AValueThatIsInNoListCountsAsTheLast) {  // attack 42: the values of labels are bounded
  Counters counters({"method", {"password", "other"}}, {"outcome", {"success", "failure"}});
  counters.add("password", "failure");
  counters.add("\"} 1\nforged", "failure");
  counters.add("somebody@example.org", "failure", 2);
  EXPECT_EQ(counters.value(0, 1), 1U);
  EXPECT_EQ(counters.value(1, 1), 3U);
  Exposition to;
  to.counter("tries_total", "Tries.", counters);
  const auto text = to.text();
  EXPECT_EQ(text.find("forged"), std::string::npos);
  EXPECT_EQ(text.find('@'), std::string::npos);
  EXPECT_NE(text.find(R"(secureauth_tries_total{method="other",outcome="failure"} 3)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(secureauth_tries_total{method="password",outcome="success"} 0)"), std::string::npos)
      << "what has not happened yet is nought, so that its first time is a rise";
}

TEST(InstrumentsTest, ABoundBelongsToItsBucket) {
  using std::chrono::nanoseconds;
  EXPECT_EQ(bucket_of(nanoseconds(0)), 0U);
  EXPECT_EQ(bucket_of(kBounds[0]), 0U);
  EXPECT_EQ(bucket_of(kBounds[0] + nanoseconds(1)), 1U);
  EXPECT_EQ(bucket_of(kBounds.back()), kBounds.size() - 1);
  EXPECT_EQ(bucket_of(kBounds.back() + nanoseconds(1)), kBounds.size());
}

TEST(InstrumentsTest, TheTextIsThatOfPrometheus) {  // exposition format 0.0.4
  Exposition to;
  to.gauge("things", "How many.", 3);
  Histogram histogram;
  histogram.observe(std::chrono::milliseconds(3));
  histogram.observe(std::chrono::seconds(30));
  to.histogram("work_seconds", "How long.", histogram);
  const auto text = to.text();
  EXPECT_TRUE(
      text.starts_with("# HELP secureauth_things How many.\n# TYPE secureauth_things gauge\nsecureauth_things 3\n"))
      << text;
  EXPECT_NE(text.find("secureauth_work_seconds_bucket{le=\"0.005\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("secureauth_work_seconds_bucket{le=\"5\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("secureauth_work_seconds_bucket{le=\"+Inf\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("secureauth_work_seconds_count 2\nsecureauth_work_seconds_sum 30.003\n"), std::string::npos);
}

}  // namespace
}  // namespace secureauth::telemetry
