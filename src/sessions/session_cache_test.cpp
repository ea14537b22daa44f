#include "sessions/session_cache.hpp"

#include <gtest/gtest.h>

namespace secureauth::sessions {
namespace {

using std::chrono::milliseconds;

Session session(std::string_view name, std::int64_t last_used) {
  Session made;
  made.token_hash = crypto::sha256(crypto::as_bytes(name));
  made.activity = std::make_shared<Activity>();
  made.activity->last_used = last_used;
  made.activity->persisted = last_used;
  return made;
}

class SessionCacheTest : public testing::Test {
 protected:
  SessionRef put(SessionCache& cache, Session made) {
    const auto epoch = cache.kept(made.token_hash).epoch;
    return cache.put(std::move(made), epoch, now_);
  }
  Timestamp now_{std::chrono::hours(1)};
  SessionCache cache_;
};

TEST_F(SessionCacheTest, ServesForLessThanASecond) {  // ASVS 8.3.2
  const auto kept = put(cache_, session("a", 1));
  EXPECT_EQ(cache_.find(kept->token_hash, now_ + milliseconds(999)), kept);
  EXPECT_EQ(cache_.find(kept->token_hash, now_ + milliseconds(1000)), nullptr);
  EXPECT_EQ(cache_.find(kept->token_hash, now_ - milliseconds(1)), nullptr);  // the clock was set back
}

TEST_F(SessionCacheTest, WhatEndsIsForgotten) {  // ASVS 7.4.1
  const auto kept = put(cache_, session("a", 1));
  cache_.forget(kept->token_hash);
  EXPECT_EQ(cache_.find(kept->token_hash, now_), nullptr);
}

TEST_F(SessionCacheTest, ASessionEndedWhileItWasReadIsNotBroughtBack) {  // ASVS 7.4.1, race
  auto read = session("a", 1);
  const auto epoch = cache_.kept(read.token_hash).epoch;
  cache_.forget(read.token_hash);
  const auto hash = read.token_hash;
  EXPECT_NE(cache_.put(std::move(read), epoch, now_), nullptr);
  EXPECT_EQ(cache_.find(hash, now_), nullptr);
}

TEST_F(SessionCacheTest, RereadingKeepsTheLaterUse) {  // 63B §5.2: the store lags by up to a minute
  const auto first = put(cache_, session("a", 1));
  first->activity->last_used = 50;
  const auto again = put(cache_, session("a", 1));
  EXPECT_EQ(again->activity->last_used.load(), 50);
  EXPECT_EQ(again->activity, first->activity);
}

TEST_F(SessionCacheTest, MemoryIsBounded) {
  SessionCache small(SessionCache::kLongestStale, 16);
  std::size_t found = 0;
  std::vector<TokenHash> hashes;
  for (int i = 0; i < 1000; ++i) hashes.push_back(put(small, session(std::to_string(i), 1))->token_hash);
  for (const auto& hash : hashes) found += small.find(hash, now_) ? 1 : 0;
  EXPECT_LE(found, 16U);
  EXPECT_GT(found, 0U);
}

}  // namespace
}  // namespace secureauth::sessions
