#include "ephemeral/redis/redis_fixture.hpp"
#include "ephemeral/redis/redis_shared_cache.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::ephemeral::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The shared cache on a real server, under a prefix that no other test run uses.
class RedisSharedCacheTest : public RedisFixture {
 protected:
  RedisSharedCacheTest() : RedisFixture("SECUREAUTH_TEST_REDIS") {}

  void SetUp() override {
    RedisFixture::SetUp();
    if (!IsSkipped()) cache_.emplace(client(), prefix_);
  }

  std::optional<SharedCache::Found> find(const std::string& key) { return wait(cache_->find(key)); }

  void keep(const std::string& key, const std::string& value, Timestamp expires_at) {
    wait(cache_->keep(key, value, expires_at));
  }

  void drop(const std::string& key, milliseconds barred_for) { wait(cache_->drop(key, barred_for)); }

  void expect_kept(const std::string& key, const std::string& value) {
    const auto found = find(key);
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->barred);
    EXPECT_EQ(found->value, value);
  }

  void expect_barred(const std::string& key) {
    const auto found = find(key);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->barred);
    EXPECT_EQ(found->value, "");
  }

  const Timestamp now_ = SystemClock().now();
  const std::string prefix_ = key("");
  std::optional<RedisSharedCache> cache_;
};

TEST_F(RedisSharedCacheTest, FindsWhatIsKeptUntilItsTimeAndNothingElse) {
  keep("k", "value", now_ + seconds(30));
  expect_kept("k", "value");
  EXPECT_FALSE(find("other"));
  const auto expires_in = run({"PTTL", prefix_ + "k"}).integer();
  EXPECT_GT(expires_in, 0);
  EXPECT_LE(expires_in, 30'000);
}

TEST_F(RedisSharedCacheTest, NothingIsKeptPastItsTime) {
  keep("k", "value", now_ - seconds(1));
  EXPECT_FALSE(find("k"));
}

TEST_F(RedisSharedCacheTest, WhatIsKeptIsNotOverwritten) {
  keep("k", "first", now_ + seconds(30));
  keep("k", "second", now_ + seconds(60));
  expect_kept("k", "first");
  EXPECT_LE(run({"PTTL", prefix_ + "k"}).integer(), 30'000);
}

TEST_F(RedisSharedCacheTest, WhatWasDroppedIsBarredAndCannotBeKeptAgain) {
  keep("k", "value", now_ + seconds(30));
  drop("k", seconds(5));
  expect_barred("k");
  keep("k", "read before the drop", now_ + seconds(30));
  expect_barred("k");
}

TEST_F(RedisSharedCacheTest, WhatWasNeverKeptIsBarredToo) {
  drop("k", seconds(5));
  expect_barred("k");
}

TEST_F(RedisSharedCacheTest, ABarEndsByItself) {
  drop("k", milliseconds(50));
  EXPECT_TRUE(run_until([&] { return !find("k"); }));
  keep("k", "value", now_ + seconds(30));
  expect_kept("k", "value");
}

TEST_F(RedisSharedCacheTest, ListenersHearOfEachDropAndOfEachGap) {
  std::vector<std::string> dropped;
  int gaps = 0;
  cache_->listen(context(), [&](std::string_view key) { dropped.emplace_back(key); }, [&] { ++gaps; });
  ASSERT_TRUE(run_until([&] { return gaps == 1; }));  // it listens: what was dropped before was not heard

  drop("one", seconds(5));
  drop("two", seconds(5));
  ASSERT_TRUE(run_until([&] { return dropped.size() == 2; }));
  EXPECT_EQ(dropped, (std::vector<std::string>{"one", "two"}));

  run({"CLIENT", "KILL", "TYPE", "PUBSUB"});
  ASSERT_TRUE(run_until([&] { return gaps == 3; }));  // once when it is lost, once when it is back
  drop("three", seconds(5));
  ASSERT_TRUE(run_until([&] { return dropped.size() == 3; }));
}

}  // namespace
}  // namespace secureauth::ephemeral::redis
