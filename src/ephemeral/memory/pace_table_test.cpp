#include "ephemeral/memory/pace_table.hpp"

#include "ephemeral/ephemeral_fixture.hpp"

#include <atomic>
#include <thread>
#include <vector>

namespace secureauth::ephemeral {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using Rate = EphemeralStore::Rate;

class PaceTableTest : public EphemeralFixture {
 protected:
  static constexpr std::size_t kMost = 320;

  EphemeralStore::Paced use(const std::string& key = "k") { return table_.use(key, rates_); }
  int allowed_of(int tries, const std::string& key = "k") {
    int allowed = 0;
    for (int i = 0; i < tries; ++i) allowed += use(key).allowed ? 1 : 0;
    return allowed;
  }

  std::vector<Rate> rates_{{"usual", 5, seconds(50)}};
  PaceTable table_{clock_, kMost};
};

TEST_F(PaceTableTest, AllowsItsLimitAtOnceThenOneAnInterval) {
  EXPECT_EQ(allowed_of(20), 5);
  EXPECT_EQ(use().retry_after, seconds(10));
  clock_.advance(seconds(10) - microseconds(1));
  EXPECT_EQ(allowed_of(5), 0);
  clock_.advance(microseconds(1));
  EXPECT_EQ(allowed_of(5), 1);
  clock_.advance(seconds(50));
  EXPECT_EQ(allowed_of(20), 5);
}

TEST_F(PaceTableTest, AKeyIsOnlyItsOwn) {
  EXPECT_EQ(allowed_of(6), 5);
  EXPECT_EQ(allowed_of(6, "another"), 5);
}

TEST_F(PaceTableTest, ARefusedUseIsCountedAgainstNoRate) {
  const std::vector<Rate> both{rates_[0], {"tight", 2, seconds(20)}};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(table_.use("k", both).allowed, i < 2);
  EXPECT_EQ(allowed_of(6), 3);
}

TEST_F(PaceTableTest, ARateThatBecameSmallerMakesNobodyWaitLonger) {
  const std::vector<Rate> large{{"usual", 5, seconds(5000)}};
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(table_.use("k", large).allowed);
  EXPECT_EQ(use().retry_after, seconds(10));
}

TEST_F(PaceTableTest, AClockThatWasSetBackMakesNobodyWaitLonger) {
  EXPECT_EQ(allowed_of(5), 5);
  clock_.advance(-std::chrono::hours(10));
  EXPECT_EQ(use().retry_after, seconds(10));
}

TEST_F(PaceTableTest, RefusalCountsNothing) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(table_.refusal("k", rates_));
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_EQ(allowed_of(6), 5);
  ASSERT_TRUE(table_.refusal("k", rates_));
  EXPECT_EQ(table_.refusal("k", rates_)->retry_after, seconds(10));
}

TEST_F(PaceTableTest, WhatWasHeardRefusesUntilItIsOver) {
  table_.hear("k", rates_[0], seconds(45));
  ASSERT_TRUE(table_.refusal("k", rates_));
  EXPECT_EQ(table_.refusal("k", rates_)->retry_after, seconds(5));
  EXPECT_FALSE(table_.refusal("k", std::vector<Rate>{{"tight", 2, seconds(20)}}));
  EXPECT_TRUE(use().allowed) << "what is counted is counted here";
  clock_.advance(seconds(5));
  EXPECT_FALSE(table_.refusal("k", rates_));
}

TEST_F(PaceTableTest, ParallelUsesAreCountedExactly) {  // ASVS 15.4.2
  const std::vector<Rate> fifty{{"usual", 50, seconds(600)}};
  std::atomic<int> allowed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) allowed += table_.use("k", fifty).allowed ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(allowed, 50);
}

TEST_F(PaceTableTest, ASprayOfKeysIsBoundedAndShutsNobodyOut) {
  for (int i = 0; i < 20'000; ++i) EXPECT_TRUE(use(std::to_string(i)).allowed);
  EXPECT_LE(table_.size(), kMost);
}

TEST_F(PaceTableTest, ASprayOfKeysDoesNotMakeWhoUsedMostForgotten) {
  EXPECT_EQ(allowed_of(5, "abuser"), 5);
  for (int i = 0; i < 20'000; ++i) use(std::to_string(i));
  EXPECT_FALSE(use("abuser").allowed);
}

TEST_F(PaceTableTest, WhatIsWholeMakesRoomFirst) {
  for (std::size_t i = 0; i < 20 * kMost; ++i) use("old" + std::to_string(i));
  ASSERT_GT(table_.size(), kMost / 2);
  clock_.advance(seconds(10));
  EXPECT_EQ(allowed_of(5, "abuser"), 5);
  for (int i = 0; i < 100; ++i) use("new" + std::to_string(i));
  EXPECT_LT(table_.size(), kMost / 2) << "those that were whole are gone";
  EXPECT_FALSE(use("abuser").allowed);
}

TEST_F(PaceTableTest,
       MemoryFollowsWhatIsInUse) {  // and not all that was ever seen, which may be much less than its bound
  PaceTable roomy(clock_, 1'000'000);
  for (int i = 0; i < 50'000; ++i) {
    if (i % 2'000 == 0) clock_.advance(seconds(10));  // and those before are whole
    EXPECT_TRUE(roomy.use(std::to_string(i), rates_).allowed);
  }
  EXPECT_LE(roomy.size(), 2U * 2'000 + 16 * 64);
}

TEST_F(PaceTableTest, NamesThatAreWholeAreForgotten) {  // such as sessions of an account
  for (int i = 0; i < 5'000; ++i) {
    EXPECT_TRUE(table_.use("k", std::vector<Rate>{{std::to_string(i), 5, seconds(50)}}).allowed);
    clock_.advance(seconds(1));
  }
  EXPECT_LE(table_.size(), 64U);
}

}  // namespace
}  // namespace secureauth::ephemeral
