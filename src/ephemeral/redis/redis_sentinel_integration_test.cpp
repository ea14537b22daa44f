#include "ephemeral/redis/redis_fixture.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::ephemeral::redis {
namespace {

/// A master with a replica, watched by the sentinels that the URL names.
class RedisSentinelTest : public RedisFixture {
 protected:
  RedisSentinelTest() : RedisFixture("SECUREAUTH_TEST_REDIS_SENTINEL") {}

  std::string role() { return run({"ROLE"})[0].text(); }
  std::unique_ptr<Client> sentinel() {
    auto sentinel = options();
    sentinel.url.topology = Url::Topology::direct;
    sentinel.url.password = std::move(sentinel.url.sentinel_password);
    sentinel.url.database = 0;
    return std::make_unique<Client>(std::move(sentinel));
  }
};

TEST_F(RedisSentinelTest, TheMasterIsFoundPastASentinelThatIsGone) {
  auto one_gone = options();
  one_gone.url.endpoints.insert(one_gone.url.endpoints.begin(), Endpoint{"127.0.0.1", 1});
  Client client(std::move(one_gone));
  EXPECT_EQ(run_on(client, {"ROLE"}, "")[0].text(), "master");
}

TEST_F(RedisSentinelTest, AnUnknownMasterIsUnavailable) {
  auto unknown = options();
  unknown.url.master_name = "nobody";
  Client client(std::move(unknown));
  EXPECT_THROW(run_on(client, {"PING"}, ""), RedisUnavailable);
}

TEST_F(RedisSentinelTest, AFailOverIsFollowed) {
  EXPECT_EQ(role(), "master");
  run({"SET", key("before"), "x"});
  const auto id = run({"CLIENT", "ID"}).integer();
  const auto asked = sentinel();
  const auto name = options().url.master_name;
  const auto master = [&] { return run_on(*asked, {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", name}, "")[1].text(); };
  const auto old_master = master();
  // The replica may still be loading what the master has: the sentinel then says NOGOODSLAVE.
  for (int i = 0; i < 100 && master() == old_master; ++i) {
    try {
      run_on(*asked, {"SENTINEL", "FAILOVER", name}, "");
    } catch (const CommandRefused& refused) {
      EXPECT_FALSE(refused.code().empty());
    }
    context().restart();
    context().run_for(std::chrono::milliseconds(100));
  }
  ASSERT_NE(master(), old_master);

  // Before the old master is told, it takes writes still; a READONLY makes the client ask the sentinels. They tell it
  // after eight seconds at the earliest: four of the periods in which they publish what they know.
  bool followed = false;
  for (int i = 0; i < 600 && !followed; ++i) {
    try {
      followed = run({"CONFIG", "GET", "port"}).find("port").text() == master();
    } catch (const RedisUnavailable&) {
      followed = false;
    }
    context().restart();
    context().run_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(followed) << "still on the connection " << id;
  EXPECT_EQ(role(), "master");
  expect_text(run({"SET", key("after"), "x"}), "OK");
}

}  // namespace
}  // namespace secureauth::ephemeral::redis
