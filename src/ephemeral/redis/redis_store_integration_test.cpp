#include "ephemeral/redis/redis_fixture.hpp"
#include "ephemeral/redis/redis_store.hpp"

#include <memory>
#include <optional>

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
