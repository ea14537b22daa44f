#include "ephemeral/redis/redis_fixture.hpp"
#include "ephemeral/redis/slots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::ephemeral::redis {
namespace {

/// A cluster of three masters or more, which the URL names one of.
class RedisClusterTest : public RedisFixture {
 protected:
  RedisClusterTest() : RedisFixture("SECUREAUTH_TEST_REDIS_CLUSTER") {}

  /// A client that knows only this node, to tell it something.
  std::unique_ptr<Client> at(const Endpoint& endpoint) {
    auto only = options();
    only.url.endpoints = {endpoint};
    return std::make_unique<Client>(std::move(only));
  }

  SlotMap slots() { return SlotMap::from(run_on(client(), {"CLUSTER", "SLOTS"}, ""), "127.0.0.1"); }
};

TEST_F(RedisClusterTest, EveryKeyIsFoundWhereverItLives) {
  for (int i = 0; i < 100; ++i) {
    const auto k = key(std::to_string(i));
    run({"SET", k, std::to_string(i)});
    expect_text(run({"GET", k}), std::to_string(i));
  }
}

TEST_F(RedisClusterTest, AScriptRunsOnEveryNode) {
  const Script script("return redis.call('INCRBY', KEYS[1], ARGV[1])");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(run_script(script, key(std::to_string(i)), {"7"}).integer(), 7);
}

TEST_F(RedisClusterTest, AMigratingSlotIsFollowedByAskAndAMovedOneByMoved) {
  const auto map = slots();
  const auto k = key("moving");  // in another slot each time: keys that an earlier run left would hold theirs back
  const auto slot = std::to_string(slot_of(k));
  const auto from = *map.owner(slot_of(k));
  const auto to = map.owners()[0] == from ? map.owners()[1] : map.owners()[0];
  const auto source = at(from);
  const auto target = at(to);
  const auto source_id = run_on(*source, {"CLUSTER", "MYID"}, "").text();
  const auto target_id = run_on(*target, {"CLUSTER", "MYID"}, "").text();

  run_on(*target, {"CLUSTER", "SETSLOT", slot, "IMPORTING", source_id}, "");
  run_on(*source, {"CLUSTER", "SETSLOT", slot, "MIGRATING", target_id}, "");
  expect_text(run({"SET", k, "1"}), "OK");  // the key is not at its source: ASK
  const Script script("return redis.call('INCR', KEYS[1])");
  EXPECT_EQ(run_script(script, k, {}).integer(), 2);

  run_on(*target, {"CLUSTER", "SETSLOT", slot, "NODE", target_id}, "");
  run_on(*source, {"CLUSTER", "SETSLOT", slot, "NODE", target_id}, "");
  expect_text(run({"GET", k}), "2");  // MOVED
  EXPECT_EQ(run_script(script, k, {}).integer(), 3);

  run({"DEL", k});
  // Imported back, so that its owner's epoch grows and the third node believes it.
  run_on(*source, {"CLUSTER", "SETSLOT", slot, "IMPORTING", target_id}, "");
  run_on(*source, {"CLUSTER", "SETSLOT", slot, "NODE", source_id}, "");
  run_on(*target, {"CLUSTER", "SETSLOT", slot, "NODE", source_id}, "");
  expect_text(run({"SET", k, "home"}), "OK");
  run({"DEL", k});
}

TEST_F(RedisClusterTest, AMessagePublishedByAScriptReachesASubscriberAtAnyNode) {
  const auto channel = key("channel");
  std::vector<std::string> heard;
  bool subscribed = false;
  Listener listener;
  listener.on_message = [&](std::string_view payload) { heard.emplace_back(payload); };
  listener.on_subscribed = [&] { subscribed = true; };
  client().subscribe(context(), channel, std::move(listener));
  ASSERT_TRUE(run_until([&] { return subscribed; }));
  const Script script("return redis.call('PUBLISH', ARGV[1], ARGV[2])");
  for (int i = 0; i < 20; ++i) run_script(script, key(std::to_string(i)), {channel, "x"});
  EXPECT_TRUE(run_until([&] { return heard.size() == 20; }));
}

TEST_F(RedisClusterTest, AReplicaThatTakesOverIsFollowed) {
  const auto k = key("k");
  run({"SET", k, "x"});
  const auto slot = slot_of(k);
  std::optional<Endpoint> replica;
  const auto ranges = run_on(client(), {"CLUSTER", "SLOTS"}, "");
  for (const auto& range : ranges.elements()) {
    if (slot < range[0].integer() || slot > range[1].integer() || range.size() < 4) continue;
    replica = Endpoint{range[3][0].text(), static_cast<std::uint16_t>(range[3][1].integer())};
  }
  if (!replica) GTEST_SKIP() << "the master of slot " << slot << " has no replica: NOT TESTED";
  const auto at_replica = at(*replica);
  run_on(*at_replica, {"CLUSTER", "FAILOVER"}, "");
  bool followed = false;
  for (int i = 0; i < 100 && !followed; ++i) {
    followed = slots().owner(slot) != nullptr && *slots().owner(slot) == *replica;
    context().restart();
    context().run_for(std::chrono::milliseconds(50));
  }
  ASSERT_TRUE(followed);
  EXPECT_TRUE(comes_back({"SET", k, "y"}));
  expect_text(run({"GET", k}), "y");
}

TEST_F(RedisClusterTest, ADeadNodeFailsItsOwnKeysOnlyAndIsUsedAgainWhenItIsBack) {
  const auto map = slots();
  std::vector<std::string> keys;
  for (int i = 0; i < 30; ++i) keys.push_back(key(std::to_string(i)));
  for (const auto& k : keys) run({"SET", k, "x"});
  const auto frozen = *map.owner(slot_of(keys[0]));
  const auto other =
      std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return *map.owner(slot_of(k)) != frozen; });
  ASSERT_NE(other, keys.end());

  const auto at_frozen = at(frozen);
  EXPECT_THROW(run_on(*at_frozen, {"DEBUG", "SLEEP", "1"}, ""), RedisUnavailable);
  EXPECT_THROW(run({"GET", keys[0]}), RedisUnavailable);
  expect_text(run({"GET", *other}), "x");
  EXPECT_TRUE(comes_back({"GET", keys[0]}));
}

}  // namespace
}  // namespace secureauth::ephemeral::redis
