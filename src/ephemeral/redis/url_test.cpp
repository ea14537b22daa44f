#include "ephemeral/redis/url.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace secureauth::ephemeral::redis {
namespace {

TEST(RedisUrlTest, AHostAloneMeansPort6379AndDatabase0) {
  const auto url = parse_url("redis://cache");
  EXPECT_EQ(url.topology, Url::Topology::direct);
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(url.endpoints, (std::vector<Endpoint>{{"cache", 6379}}));
  EXPECT_EQ(url.database, 0);
  EXPECT_TRUE(url.username.empty());
  EXPECT_TRUE(url.password.empty());
}

TEST(RedisUrlTest, EveryPartIsReadAndPercentDecoded) {
  const auto url = parse_url("rediss://us%3Aer:p%40ss%2Fw%25rd@cache.example:6380/15");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.username, "us:er");
  EXPECT_EQ(url.password.reveal(), "p@ss/w%rd");
  EXPECT_EQ(url.endpoints, (std::vector<Endpoint>{{"cache.example", 6380}}));
  EXPECT_EQ(url.database, 15);
}

TEST(RedisUrlTest, APasswordNeedsNoUserAndMayHoldWhatOthersEscape) {
  const auto url = parse_url("redis://:p@ss:w/o?r#d@127.0.0.1/1");
  EXPECT_TRUE(url.username.empty());
  EXPECT_EQ(url.password.reveal(), "p@ss:w/o?r#d");
  EXPECT_EQ(url.endpoints, (std::vector<Endpoint>{{"127.0.0.1", 6379}}));
  EXPECT_EQ(url.database, 1);
}

TEST(RedisUrlTest, Ipv6StandsInBracketsAndIsShownInThem) {
  const auto url = parse_url("redis://[::1]:7000,[fe80::1],node-3:7002/");
  EXPECT_EQ(url.endpoints, (std::vector<Endpoint>{{"::1", 7000}, {"fe80::1", 6379}, {"node-3", 7002}}));
  EXPECT_EQ(to_text(url.endpoints[0]), "[::1]:7000");
  EXPECT_EQ(to_text(url.endpoints[2]), "node-3:7002");
}

TEST(RedisUrlTest, SentinelsNameTheirMasterAndMayHaveAPasswordOfTheirOwn) {
  const auto url =
      parse_url("rediss+sentinel://app:one@a,b:26380/my%20master/3?sentinel_username=s&sentinel_password=t%26o");
  EXPECT_EQ(url.topology, Url::Topology::sentinel);
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.endpoints, (std::vector<Endpoint>{{"a", 26379}, {"b", 26380}}));
  EXPECT_EQ(url.master_name, "my master");
  EXPECT_EQ(url.database, 3);
  EXPECT_EQ(url.username, "app");
  EXPECT_EQ(url.password.reveal(), "one");
  EXPECT_EQ(url.sentinel_username, "s");
  EXPECT_EQ(url.sentinel_password.reveal(), "t&o");
  EXPECT_TRUE(parse_url("redis+sentinel://a/m").sentinel_password.empty());  // the server's is not tried on sentinels
}

class BadRedisUrlTest : public testing::TestWithParam<const char*> {};

TEST_P(BadRedisUrlTest, IsRefusedWithoutTellingThePassword) {
  try {
    (void)parse_url(GetParam());
    FAIL() << "accepted: " << GetParam();
  } catch (const std::invalid_argument& refused) {
    EXPECT_EQ(std::string(refused.what()).find("hunter2"), std::string::npos);
    EXPECT_TRUE(std::string(refused.what()).starts_with("has ") || std::string(refused.what()).starts_with("is ") ||
                std::string(refused.what()).starts_with("lacks ") || std::string(refused.what()).starts_with("names "));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Corpus, BadRedisUrlTest,
    testing::Values("", "cache", "redis:", "redis:/cache", "redis://", "redis:///1", "http://cache", "redisx://cache",
                    "redis+unix://cache", "redis://cache:", "redis://cache:0", "redis://cache:65536",
                    "redis://cache:-1", "redis://cache:6379x", "redis://cache:+1", "redis://a,,b", "redis://a,",
                    "redis://[::1", "redis://::1", "redis://[]:1", "redis://[::1]6379", "redis://ca che",
                    "redis://cache\n", "redis://cache/x", "redis://cache/-1", "redis://cache/99999",
                    "redis://cache/1/2", "redis://hunter2@cache", "redis://user:@cache", "redis://:hunter2%@cache",
                    "redis://:hunter2%4@cache", "redis://:hunter2%zz@cache", "redis://:hunter2%+1@cache",
                    "redis://:hunter2@cache:port", "redis://cache?x=1", "redis://cache#x", "redis+sentinel://a",
                    "redis+sentinel://a/", "redis+sentinel://a/?sentinel_password=x", "redis+sentinel://a/m/x",
                    "redis+sentinel://a/m?password=hunter2", "redis+sentinel://a/m?sentinel_username=u",
                    "redis+sentinel://a/m?sentinel_password"));

}  // namespace
}  // namespace secureauth::ephemeral::redis
