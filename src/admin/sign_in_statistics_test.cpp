#include "admin/sign_in_statistics.hpp"

#include "app/feature_fixture.hpp"
#include "core/together.hpp"
#include "db/recording_database_fixture.hpp"

namespace secureauth::admin {
namespace {

using std::chrono::days;

class SignInStatisticsTest : public app::FeatureFixture {
 protected:
  SignInStatistics::Window year() {
    return {.from = clock_.now() - days(364), .to = clock_.now(), .step = SignInStatistics::Step::day};
  }
  /// Asks for a year so many times at once; how many were refused.
  int ask_at_once(int times) {
    int refused = 0;
    std::vector<net::awaitable<void>> asking;
    for (int i = 0; i < times; ++i) {
      auto one = [this, &refused]() -> net::awaitable<void> {
        const auto points = co_await statistics_(year());
        if (!points) {
          EXPECT_EQ(points.error().code, ErrorCode::overloaded);
          EXPECT_TRUE(points.error().retry_after);
          ++refused;
        } else {
          EXPECT_EQ(points->size(), 365U);
        }
      };
      asking_.push_back(one);
    }
    for (auto& one : asking_) asking.push_back(one());
    wait(together(std::move(asking)));
    asking_.clear();
    return refused;
  }

  std::vector<std::function<net::awaitable<void>()>> asking_;
  db::RecordingDatabase recorder_{*database_};
  SignInStatistics statistics_{recorder_, clock_};
};

TEST_F(SignInStatisticsTest, WhoAskAtOnceHaveEachStepCountedOnce) {
  EXPECT_EQ(ask_at_once(6), 0);
  EXPECT_LE(recorder_.take().size(), 365U + 6U) << "today is counted each time";
  EXPECT_EQ(ask_at_once(1), 0);
  EXPECT_LE(recorder_.take().size(), 1U) << "what is over is remembered";
}

TEST_F(SignInStatisticsTest, NotMoreThanSoManyAreCountedAtOnce) {  // ASVS 15.2.2
  EXPECT_EQ(ask_at_once(SignInStatistics::kMostAtOnce + 3), 3);
  EXPECT_EQ(ask_at_once(SignInStatistics::kMostAtOnce), 0) << "places are given back";
}

TEST_F(SignInStatisticsTest, ThereAreNoTimesBeforeTheYearOne) {
  const auto first = from_rfc3339("0001-01-01T00:00:00Z");
  for (const auto& to : {first, first + days(1)}) {
    const auto points = wait(statistics_({.to = to, .step = SignInStatistics::Step::day}));
    ASSERT_FALSE(points);
    EXPECT_EQ(points.error().fields.at(0).field, "to");
  }
  EXPECT_TRUE(wait(statistics_({.from = first, .to = first + days(2), .step = SignInStatistics::Step::day})));
}

}  // namespace
}  // namespace secureauth::admin
