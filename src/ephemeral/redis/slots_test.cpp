#include "ephemeral/redis/slots.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::ephemeral::redis {
namespace {

Reply text(std::string value) {
  return Reply(Reply::Kind::text, std::move(value));
}

Reply error(std::string value) {
  return Reply(Reply::Kind::error, std::move(value));
}

Reply integer(int value) {
  return Reply(std::int64_t{value});
}

Reply list(Reply::Elements elements) {
  return Reply(Reply::Kind::array, std::move(elements));
}

Reply range(int first, int last, Reply host, int port) {
  return list({integer(first), integer(last), list({std::move(host), integer(port), text("id")})});
}

TEST(RedisSlotTest, TheChecksumIsTheSpecificationsOne) {
  EXPECT_EQ(crc16("123456789"), 0x31C3);
  EXPECT_EQ(crc16(""), 0);
}

TEST(RedisSlotTest, KeysFallIntoTheSlotsThatServersSay) {  // CLUSTER KEYSLOT of Redis 7.0
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of("bar"), 5061);
  EXPECT_EQ(slot_of("somekey"), 11058);
}

TEST(RedisSlotTest, OnlyTheFirstFilledPairOfBracesIsATag) {
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("x{user1000}y{other}"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_EQ(slot_of("foo{}{bar}"), crc16("foo{}{bar}") % kSlots);
  EXPECT_EQ(slot_of("foo{bar"), crc16("foo{bar") % kSlots);
  EXPECT_EQ(slot_of("}foo{"), crc16("}foo{") % kSlots);
}

TEST(RedisSlotMapTest, RangesBelongToTheirMasters) {
  const auto reply = list({range(0, 99, text("10.0.0.1"), 7000), range(100, 16382, text("10.0.0.2"), 7000)});
  const auto map = SlotMap::from(reply, "asked");
  EXPECT_EQ(*map.owner(0), (Endpoint{"10.0.0.1", 7000}));
  EXPECT_EQ(*map.owner(99), (Endpoint{"10.0.0.1", 7000}));
  EXPECT_EQ(*map.owner(100), (Endpoint{"10.0.0.2", 7000}));
  EXPECT_EQ(map.owner(16383), nullptr);
  EXPECT_EQ(map.owners().size(), 2U);
}

TEST(RedisSlotMapTest, ANodeWithoutANameIsTheOneThatWasAsked) {
  const auto reply = list({range(0, 0, Reply(), 7000), range(1, 1, text(""), 7001), range(2, 2, text("?"), 7002)});
  const auto map = SlotMap::from(reply, "asked");
  EXPECT_EQ(*map.owner(0), (Endpoint{"asked", 7000}));
  EXPECT_EQ(*map.owner(1), (Endpoint{"asked", 7001}));
  EXPECT_EQ(*map.owner(2), (Endpoint{"asked", 7002}));
}

TEST(RedisSlotMapTest, AMovedSlotChangesItsOwnerAlone) {
  SlotMap map;
  map.set(0, 16383, Endpoint{"a", 1});
  map.set(5, 5, Endpoint{"b", 2});
  EXPECT_EQ(*map.owner(4), (Endpoint{"a", 1}));
  EXPECT_EQ(*map.owner(5), (Endpoint{"b", 2}));
}

TEST(RedisSlotMapTest, NonsenseIsRefused) {
  const Reply nonsense[] = {Reply(),
                            text("x"),
                            list({text("x")}),
                            list({list({})}),
                            list({list({integer(0), integer(1)})}),
                            list({list({integer(0), integer(1), list({})})}),
                            list({range(0, 16384, text("a"), 1)}),
                            list({range(-1, 1, text("a"), 1)}),
                            list({range(2, 1, text("a"), 1)}),
                            list({range(0, 1, text("a"), 0)}),
                            list({range(0, 1, text("a"), 65536)}),
                            list({range(0, 1, integer(1), 1)}),
                            list({range(0, 16383, text("a"), 1), range(5, 5, text("b"), 1)})};
  for (const auto& reply : nonsense) EXPECT_THROW(SlotMap::from(reply, "asked"), RedisUnavailable);
}

TEST(RedisRedirectionTest, MovedIsForEverAndAskForOnce) {
  const auto moved = redirection(error("MOVED 3999 127.0.0.1:6381"), "asked");
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->once);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->endpoint, (Endpoint{"127.0.0.1", 6381}));
  const auto ask = redirection(error("ASK 3999 ::1:6381"), "asked");
  ASSERT_TRUE(ask);
  EXPECT_TRUE(ask->once);
  EXPECT_EQ(ask->endpoint, (Endpoint{"::1", 6381}));
  EXPECT_EQ(redirection(error("MOVED 1 :6381"), "asked")->endpoint, (Endpoint{"asked", 6381}));
}

TEST(RedisRedirectionTest, AnythingElseIsNone) {
  for (const auto* other : {"ERR x", "MOVED", "MOVED 1", "MOVED x a:1", "MOVED 16384 a:1", "MOVED 1 a:0", "MOVED 1 a:x",
                            "MOVED 1 a:65536", "MOVED 1 a", "MOVEDX 1 a:1"}) {
    EXPECT_FALSE(redirection(error(other), "asked")) << other;
  }
  EXPECT_FALSE(redirection(text("MOVED 1 a:1"), "asked"));
}

}  // namespace
}  // namespace secureauth::ephemeral::redis
