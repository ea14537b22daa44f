#include "ephemeral/cell_rate.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace secureauth::ephemeral {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using Rate = EphemeralStore::Rate;

EphemeralStore::Paced judge_one(const Rate& rate, microseconds debt) {
  const std::vector<Rate> rates{rate};
  const std::vector<microseconds> debts{debt};
  return judge(rates, debts);
}

TEST(CellRateTest, AWholeRateHasItsLimit) {
  const auto first = judge_one({"r", 10, seconds(60)}, seconds(0));
  EXPECT_TRUE(first.allowed);
  EXPECT_EQ(first.left, 9);
  EXPECT_EQ(first.until_whole, seconds(6));
  EXPECT_EQ(first.retry_after, seconds(0));
}

TEST(CellRateTest, TheLastUseTellsWhenTheNextIsAllowed) {
  const auto last = judge_one({"r", 10, seconds(60)}, seconds(54));
  EXPECT_TRUE(last.allowed);
  EXPECT_EQ(last.left, 0);
  EXPECT_EQ(last.retry_after, seconds(6));
  const auto refused = judge_one({"r", 10, seconds(60)}, seconds(54) + microseconds(1));
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.left, 0);
  EXPECT_EQ(refused.retry_after, microseconds(1));
}

TEST(CellRateTest, AnIntervalThatIsNotWholeAddsNoUse) {
  for (const std::int64_t limit : {3, 7, 9'999, 100'000}) {
    const Rate rate{"r", limit, seconds(1)};
    EXPECT_TRUE(judge_one(rate, interval(rate) * (limit - 1)).allowed) << limit;
    EXPECT_FALSE(judge_one(rate, interval(rate) * limit).allowed) << limit;
  }
}

TEST(CellRateTest, TheTightestOfSeveralAnswers) {
  const std::vector<Rate> rates{{"usual", 50, seconds(600)}, {"login", 10, seconds(60)}};
  EXPECT_EQ(judge(rates, std::vector<microseconds>{seconds(0), seconds(0)}).tightest, 1U);
  const auto spent = judge(rates, std::vector<microseconds>{seconds(588), seconds(0)});
  EXPECT_EQ(spent.tightest, 0U);
  EXPECT_EQ(spent.left, 0);
}

TEST(CellRateTest, OneThatRefusesAnswersForAll) {
  const std::vector<Rate> rates{{"usual", 50, seconds(600)}, {"login", 10, seconds(60)}};
  const auto refused = judge(rates, std::vector<microseconds>{seconds(588), seconds(60)});
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.tightest, 1U);
  const auto both = judge(rates, std::vector<microseconds>{seconds(600), seconds(60)});
  EXPECT_EQ(both.tightest, 0U) << "the longer wait";
  EXPECT_EQ(both.retry_after, seconds(12));
}

}  // namespace
}  // namespace secureauth::ephemeral
