#include "ephemeral/guarded_store.hpp"
#include "ephemeral/redis/redis_fixture.hpp"
#include "ephemeral/redis/redis_store.hpp"

#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace secureauth::ephemeral::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RedisStoreTest : public RedisFixture {
 protected:
  RedisStoreTest() : RedisFixture("SECUREAUTH_TEST_REDIS") {}
  void SetUp() override {
    RedisFixture::SetUp();
    if (!IsSkipped()) store_ = std::make_unique<RedisStore>(client(), "test:");
  }

  EphemeralStore::Spent spend(EphemeralStore::Known known = {}, milliseconds window = seconds(60)) {
    return wait(store_->spend(key("budget"), {.limit = 3, .window = window}, known));
  }

  std::unique_ptr<RedisStore> store_;
};

TEST_F(RedisStoreTest, ABudgetIsUsedUpAfterItsLimit) {
  for (int i = 1; i <= 3; ++i) {
    const auto spent = spend();
    EXPECT_TRUE(spent.allowed);
    EXPECT_EQ(spent.used, i);
  }
  const auto refused = spend();
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.used, 3);
  EXPECT_GT(refused.until_reset, seconds(50));
  EXPECT_LE(refused.until_reset, seconds(60));
}

TEST_F(RedisStoreTest, ItsWindowBeginsWithTheFirstUseAndEnds) {
  for (int i = 0; i < 4; ++i) spend({}, milliseconds(100));
  EXPECT_FALSE(spend({}, seconds(60)).allowed);
  EXPECT_TRUE(run_until([&] { return spend({}, seconds(60)).allowed; }));
}

TEST_F(RedisStoreTest, AForgivenBudgetIsWholeAgainForWhoRemembersIt) {
  for (int i = 0; i < 3; ++i) spend();
  wait(store_->forgive(key("budget"), seconds(60)));
  EXPECT_EQ(spend({.used = 3, .unsaid = 0, .until_reset = seconds(30)}).used, 1);
}

TEST_F(RedisStoreTest, AUseThatIsGivenBackCanBeSpentAgainInItsWindow) {
  for (int i = 0; i < 3; ++i) spend();
  wait(store_->give_back(key("budget")));
  const auto spent = spend({}, seconds(600));
  EXPECT_TRUE(spent.allowed);
  EXPECT_LE(spent.until_reset, seconds(60));
  EXPECT_FALSE(spend().allowed);
}

TEST_F(RedisStoreTest, NothingIsGivenBackWhereNothingWasUsed) {
  wait(store_->give_back(key("budget")));
  EXPECT_EQ(run({"EXISTS", "test:" + key("budget")}).integer(), 0);
  wait(store_->forgive(key("budget"), seconds(60)));
  wait(store_->give_back(key("budget")));
  EXPECT_EQ(spend().used, 1);
}

TEST_F(RedisStoreTest, ALostBudgetGoesOnFromWhatTheCallerKnows) {
  const auto spent = spend({.used = 2, .unsaid = 0, .until_reset = seconds(30)});
  EXPECT_TRUE(spent.allowed);
  EXPECT_EQ(spent.used, 3);
  EXPECT_LE(spent.until_reset, seconds(30));
  EXPECT_FALSE(spend().allowed);
}

TEST_F(RedisStoreTest, UsesThatItWasNotToldOfCountOnTop) {
  spend();
  EXPECT_FALSE(spend({.used = 3, .unsaid = 2, .until_reset = seconds(30)}).allowed);
  EXPECT_EQ(spend().used, 3);
}

TEST_F(RedisStoreTest, ParallelUsesAreCountedExactly) {  // ASVS 15.4.2
  int allowed = 0;
  int answered = 0;
  auto one = [&]() -> net::awaitable<void> {
    const auto spent = co_await store_->spend(key("budget"), {.limit = 50, .window = seconds(60)}, {});
    allowed += spent.allowed ? 1 : 0;
    ++answered;
  };
  for (int i = 0; i < 200; ++i) net::co_spawn(context(), one, net::detached);
  EXPECT_TRUE(run_until([&] { return answered == 200; }));
  EXPECT_EQ(allowed, 50);
}

TEST_F(RedisStoreTest, ARateAllowsItsLimitAtOnceThenOneAnInterval) {
  const std::vector<EphemeralStore::Rate> rates{{"usual", 3, milliseconds(600)}};
  for (int i = 2; i >= 0; --i) {
    const auto paced = wait(store_->pace(key("rate"), rates));
    EXPECT_TRUE(paced.allowed);
    EXPECT_EQ(paced.left, i);
  }
  const auto refused = wait(store_->pace(key("rate"), rates));
  EXPECT_FALSE(refused.allowed);
  EXPECT_GT(refused.retry_after, milliseconds(0));
  EXPECT_LE(refused.retry_after, milliseconds(200));
  EXPECT_TRUE(run_until([&] { return wait(store_->pace(key("rate"), rates)).allowed; }));
}

TEST_F(RedisStoreTest, ARefusedUseIsCountedAgainstNoRate) {
  const std::vector<EphemeralStore::Rate> usual{{"usual", 5, seconds(600)}};
  const std::vector<EphemeralStore::Rate> both{usual[0], {"tight", 2, seconds(600)}};
  for (int i = 0; i < 6; ++i) {
    const auto paced = wait(store_->pace(key("rate"), both));
    EXPECT_EQ(paced.allowed, i < 2);
    EXPECT_EQ(paced.tightest, 1U);
  }
  EXPECT_EQ(wait(store_->pace(key("rate"), usual)).left, 2);
}

TEST_F(RedisStoreTest, ParallelUsesOfARateOverThreeInstancesAreCountedExactly) {  // ASVS 15.4.2
  const std::vector<EphemeralStore::Rate> rates{{"usual", 50, std::chrono::hours(1)}};
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::unique_ptr<RedisStore>> shared;
  std::vector<std::unique_ptr<MemoryStore>> own;
  std::vector<std::unique_ptr<GuardedStore>> stores;
  const SystemClock clock;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(options()));
    shared.push_back(std::make_unique<RedisStore>(*clients.back(), "test:"));
    own.push_back(std::make_unique<MemoryStore>(clock));
    stores.push_back(std::make_unique<GuardedStore>(*shared.back(), *own.back()));
  }
  int allowed = 0;
  int answered = 0;
  auto one = [&](GuardedStore& at) -> net::awaitable<void> {
    const auto paced = co_await at.pace(key("rate"), rates);
    allowed += paced.allowed ? 1 : 0;
    ++answered;
  };
  for (int i = 0; i < 300; ++i) net::co_spawn(context(), one(*stores.at(i % 3)), net::detached);
  EXPECT_TRUE(run_until([&] { return answered == 300; }));
  EXPECT_EQ(allowed, 50);
}

TEST_F(RedisStoreTest, ARateIsForgottenWhenItIsWhole) {
  const std::vector<EphemeralStore::Rate> slow{{"slow", 10, seconds(100)}};
  const std::vector<EphemeralStore::Rate> fast{{"fast", 10, milliseconds(100)}};
  for (int i = 0; i < 2; ++i) wait(store_->pace(key("rate"), slow));
  wait(store_->pace(key("rate"), fast));
  const auto left = run({"PTTL", "test:" + key("rate")}).integer();
  EXPECT_GT(left, 10'000) << "the slower of the two decides";
  EXPECT_LE(left, 20'000);
  wait(store_->pace(key("other"), fast));
  EXPECT_TRUE(run_until([&] { return run({"EXISTS", "test:" + key("other")}).integer() == 0; }));
}

TEST_F(RedisStoreTest, RatesOfAKeyThatAreWholeMakeRoom) {  // such as those of an account's sessions
  for (int i = 0; i < 200; ++i) {
    const std::vector<EphemeralStore::Rate> rates{{"slow", 1000, seconds(1000)},
                                                  {"session" + std::to_string(i), 1000, seconds(1)}};
    EXPECT_TRUE(wait(store_->pace(key("rate"), rates)).allowed);
    std::this_thread::sleep_for(milliseconds(1));  // in which the one before becomes whole
  }
  EXPECT_LE(run({"HLEN", "test:" + key("rate")}).integer(), 100);
}

TEST_F(RedisStoreTest, ARateThatBecameSmallerMakesNobodyWaitLonger) {
  const std::vector<EphemeralStore::Rate> large{{"usual", 5, seconds(5000)}};
  for (int i = 0; i < 5; ++i) wait(store_->pace(key("rate"), large));
  const std::vector<EphemeralStore::Rate> small{{"usual", 5, seconds(50)}};
  const auto refused = wait(store_->pace(key("rate"), small));
  EXPECT_FALSE(refused.allowed);
  EXPECT_LE(refused.retry_after, seconds(10));
}

TEST_F(RedisStoreTest, AValueIsTakenOnceAndEndsWithItsLife) {
  wait(store_->put(key("value"), "v", seconds(60)));
  EXPECT_EQ(wait(store_->take(key("value"))), "v");
  EXPECT_EQ(wait(store_->take(key("value"))), std::nullopt);
  wait(store_->put(key("value"), "v", milliseconds(20)));
  EXPECT_TRUE(run_until([&] { return run({"EXISTS", "test:" + key("value")}).integer() == 0; }));
  EXPECT_EQ(wait(store_->take(key("value"))), std::nullopt);
}

TEST_F(RedisStoreTest, AValueThatWasNotSentIsNotReached) {
  auto nowhere = options();
  nowhere.url.endpoints = {{"127.0.0.1", 1}};
  Client gone(std::move(nowhere));
  RedisStore store(gone, "test:");
  EXPECT_THROW(wait(store.put(key("value"), "v", seconds(60))), Unavailable);  // the first attempt to connect
  EXPECT_THROW(wait(store.put(key("value"), "v", seconds(60))), NotReached);
}

}  // namespace
}  // namespace secureauth::ephemeral::redis
