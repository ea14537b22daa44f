#include "ephemeral/memory/memory_store.hpp"

#include "ephemeral/ephemeral_fixture.hpp"

#include <atomic>
#include <thread>
#include <vector>

namespace secureauth::ephemeral {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class MemoryStoreTest : public EphemeralFixture {
 protected:
  EphemeralStore::Spent spend(std::string key = "k", std::int64_t limit = 3) {
    return wait(store_.spend(std::move(key), {.limit = limit, .window = seconds(60)}, {}));
  }

  EphemeralStore::Spent spend_lasting(std::string key) {
    return wait(store_.spend(std::move(key), {.limit = 1, .window = seconds(60), .must_last = true}, {}));
  }

  MemoryStore store_{clock_, 160};
};

TEST_F(MemoryStoreTest, ABudgetIsUsedUpAfterItsLimit) {
  for (int i = 1; i <= 3; ++i) {
    const auto spent = spend();
    EXPECT_TRUE(spent.allowed);
    EXPECT_EQ(spent.used, i);
  }
  clock_.advance(seconds(20));
  const auto refused = spend();
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.used, 3);
  EXPECT_EQ(refused.until_reset, milliseconds(40'000));
  EXPECT_TRUE(spend("another").allowed);
}

TEST_F(MemoryStoreTest, ItsWindowBeginsWithTheFirstUseAndEnds) {
  for (int i = 0; i < 3; ++i) spend();
  clock_.advance(seconds(60) - std::chrono::microseconds(1));
  EXPECT_FALSE(spend().allowed);
  clock_.advance(std::chrono::microseconds(1));
  EXPECT_TRUE(spend().allowed);
}

TEST_F(MemoryStoreTest, MemoryFollowsWhatIsInUse) {
  MemoryStore roomy(clock_, 1'000'000);
  for (int i = 0; i < 50'000; ++i) {
    if (i % 2'000 == 0) clock_.advance(seconds(60));
    wait(roomy.spend("budget" + std::to_string(i), {.limit = 3, .window = seconds(60)}, {}));
    wait(roomy.spend("lasting" + std::to_string(i), {.limit = 3, .window = seconds(60), .must_last = true}, {}));
    wait(roomy.put("value" + std::to_string(i), "v", seconds(60)));
  }
  EXPECT_LE(roomy.size(), 3 * (2U * 2'000 + 16 * 64));
}

TEST_F(MemoryStoreTest, AForgivenBudgetIsWholeAgain) {
  for (int i = 0; i < 3; ++i) spend();
  wait(store_.forgive("k", seconds(60)));
  EXPECT_EQ(spend().used, 1);
}

TEST_F(MemoryStoreTest, AUseThatIsGivenBackCanBeSpentAgain) {
  for (int i = 0; i < 3; ++i) spend();
  clock_.advance(seconds(20));
  wait(store_.give_back("k"));
  const auto spent = spend();
  EXPECT_TRUE(spent.allowed);
  EXPECT_EQ(spent.until_reset, milliseconds(40'000)) << "its window goes on";
  EXPECT_FALSE(spend().allowed);
}

TEST_F(MemoryStoreTest, NothingIsGivenBackWhereNothingWasUsed) {
  wait(store_.give_back("k"));
  EXPECT_EQ(spend().used, 1);
  wait(store_.forgive("k", seconds(60)));
  wait(store_.give_back("k"));
  EXPECT_EQ(spend().used, 1);
  clock_.advance(seconds(60));
  wait(store_.give_back("k"));  // of a window that has ended
  EXPECT_EQ(spend().used, 1);
}

TEST_F(MemoryStoreTest, ParallelUsesAreCountedExactly) {  // ASVS 15.4.2
  std::atomic<int> allowed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) {
        if (wait(store_.spend("k", {50, seconds(60)}, {})).allowed) ++allowed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(allowed, 50);
}

TEST_F(MemoryStoreTest, AValueIsTakenOnce) {
  wait(store_.put("k", "v", seconds(10)));
  EXPECT_EQ(wait(store_.take("k")), "v");
  EXPECT_EQ(wait(store_.take("k")), std::nullopt);
}

TEST_F(MemoryStoreTest, AValueEndsWithItsLife) {
  wait(store_.put("k", "v", seconds(10)));
  clock_.advance(seconds(10));
  EXPECT_EQ(wait(store_.take("k")), std::nullopt);
}

TEST_F(MemoryStoreTest, AFloodOfBudgetsShutsNobodyOut) {  // attack 5
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(spend(std::to_string(i)).allowed);
}

TEST_F(MemoryStoreTest, WhatIsGivenBackPushesNothingOut) {  // attack 5
  for (int i = 0; i < 3; ++i) spend();
  for (int i = 0; i < 1000; ++i) {
    spend(std::to_string(i));
    wait(store_.give_back(std::to_string(i)));
  }
  EXPECT_FALSE(spend().allowed);
}

TEST_F(MemoryStoreTest, AFloodDropsForgivenBudgetsFirst) {
  for (int i = 0; i < 3; ++i) spend();
  clock_.advance(seconds(1));
  for (int i = 0; i < 1000; ++i) {
    spend(std::to_string(i));
    wait(store_.forgive(std::to_string(i), seconds(60)));
  }
  EXPECT_FALSE(spend().allowed) << "though it ends soonest";
}

TEST_F(MemoryStoreTest, AFloodMakesNothingUsableTwice) {  // attack 6: a solved puzzle
  EXPECT_TRUE(spend_lasting("solution").allowed);
  for (int i = 0; i < 1000; ++i) spend(std::to_string(i));
  int refused = 0;
  for (int i = 0; i < 1000; ++i) refused += spend_lasting("s" + std::to_string(i)).allowed ? 0 : 1;
  EXPECT_GE(refused, 1000 - 160);
  EXPECT_FALSE(spend_lasting("solution").allowed);
  clock_.advance(seconds(60));
  EXPECT_TRUE(spend_lasting("new").allowed) << "what has run out makes room";
}

TEST_F(MemoryStoreTest, ALimitOfOneIsNoReasonToShutNewcomersOut) {  // attack 5: LOCKOUT_THRESHOLD=1
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(spend(std::to_string(i), 1).allowed);
}

TEST_F(MemoryStoreTest, AFloodOfValuesIsRefused) {
  bool full = false;
  for (int i = 0; i < 1000 && !full; ++i) {
    try {
      wait(store_.put(std::to_string(i), "v", seconds(60)));
    } catch (const NotReached&) {
      full = true;
    }
  }
  EXPECT_TRUE(full);
  clock_.advance(seconds(60));  // what has run out makes room
  EXPECT_NO_THROW(wait(store_.put("new", "v", seconds(60))));
}

}  // namespace
}  // namespace secureauth::ephemeral
