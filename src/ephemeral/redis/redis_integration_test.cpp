#include "ephemeral/redis/redis_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace secureauth::ephemeral::redis {
namespace {

using std::chrono::milliseconds;

class RedisTest : public RedisFixture {
 protected:
  RedisTest() : RedisFixture("SECUREAUTH_TEST_REDIS") {}
};

TEST_F(RedisTest, SetsAndGetsBytesAsTheyAre) {
  const std::string bytes("a\0b\r\n$3\r\n\xff", 10);
  expect_text(run({"SET", key("k"), bytes}), "OK");
  expect_text(run({"GET", key("k")}), bytes);
  EXPECT_TRUE(run({"GET", key("missing")}).is_null());
}

TEST_F(RedisTest, ATenThousandCommandsAtOnceAreAnsweredInOrder) {
  int right = 0;
  for (int i = 0; i < 10'000; ++i) {
    spawn([this, i, &right]() -> net::awaitable<void> {
      const auto text = std::to_string(i);
      std::vector<std::string> echo{"ECHO", text};
      const auto reply = co_await client().command("", std::move(echo));
      if (reply.text() == text) ++right;
    });
  }
  run_all();
  EXPECT_EQ(right, 10'000);
}

TEST_F(RedisTest, CarriesAValueOfAMegabyte) {
  const std::string large(1U << 20U, 'x');
  run({"SET", key("large"), large});
  EXPECT_EQ(run({"GET", key("large")}).text(), large);
  run({"DEL", key("large")});
}

TEST_F(RedisTest, AScriptIsSentAgainWhenTheServerForgotIt) {
  const Script script("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}");
  const auto k = key("counter");
  EXPECT_EQ(run_script(script, k, {"x"})[2].integer(), 1);
  run({"SCRIPT", "FLUSH"});
  const auto reply = run_script(script, k, {"y"});
  EXPECT_EQ(reply[0].text(), k);
  EXPECT_EQ(reply[1].text(), "y");
  EXPECT_EQ(reply[2].integer(), 2);
}

TEST_F(RedisTest, AnErrorOfTheServerIsARefusalWithItsFirstWordOnly) {
  run({"SET", key("text"), "secret"});
  try {
    run({"LPUSH", key("text"), "secret"});
    FAIL() << "accepted";
  } catch (const CommandRefused& refused) {
    EXPECT_EQ(refused.code(), "WRONGTYPE");
    EXPECT_EQ(std::string(refused.what()).find("secret"), std::string::npos);
  }
}

TEST_F(RedisTest, AFullServerRefusesWritesAndServesReads) {
  run({"SET", key("before"), "kept"});
  run({"CONFIG", "SET", "maxmemory", "1"});
  try {
    run({"SET", key("after"), "x"});
    ADD_FAILURE() << "accepted";
  } catch (const CommandRefused& refused) {
    EXPECT_EQ(refused.code(), "OOM");
  }
  expect_text(run({"GET", key("before")}), "kept");
  run({"CONFIG", "SET", "maxmemory", "0"});
  expect_text(run({"SET", key("after"), "x"}), "OK");
}

TEST_F(RedisTest, AWrongPasswordIsUnavailableAndTellsNothing) {
  auto options = this->options();
  options.url.password = crypto::SecretBytes(std::string_view("not-the-password"));
  Client stranger(std::move(options));
  try {
    run_on(stranger, {"PING"}, "");
    FAIL() << "accepted";
  } catch (const RedisUnavailable& refused) {
    EXPECT_EQ(std::string(refused.what()), "Redis refused the greeting: WRONGPASS");
  }
}

TEST_F(RedisTest, AKilledConnectionFailsWhatWaitsAndComesBackByItself) {
  int answered = 0;
  int failed = 0;
  run({"PING"});
  for (int i = 0; i < 1000; ++i) {
    spawn([this, i, &answered, &failed]() -> net::awaitable<void> {
      std::vector<std::string> words{"ECHO", "x"};
      if (i == 500) words = {"CLIENT", "KILL", "TYPE", "NORMAL", "SKIPME", "NO"};
      try {
        co_await client().command("", std::move(words));
        ++answered;
      } catch (const RedisUnavailable&) {
        ++failed;
      }
    });
  }
  run_all();
  EXPECT_EQ(answered + failed, 1000);
  EXPECT_GT(failed, 0);
  EXPECT_TRUE(comes_back({"PING"}));
}

TEST_F(RedisTest, AFrozenServerTimesOutThenFailsAtOnceAndComesBack) {
  run({"PING"});
  EXPECT_THROW(run({"DEBUG", "SLEEP", "1.5"}), RedisUnavailable);
  EXPECT_THROW(run({"PING"}), RedisUnavailable);
  EXPECT_TRUE(comes_back({"PING"}));
}

TEST_F(RedisTest, NobodyListeningIsUnavailableAtOnce) {
  auto options = this->options();
  options.url.endpoints = {Endpoint{"127.0.0.1", 1}};
  Client alone(std::move(options));
  EXPECT_THROW(run_on(alone, {"PING"}, ""), RedisUnavailable);
  EXPECT_THROW(run_on(alone, {"PING"}, ""), RedisUnavailable);
}

TEST_F(RedisTest, MessagesArriveAndALostLinkIsToldAsAGap) {
  std::vector<std::string> heard;
  int subscribed = 0;
  int gaps = 0;
  const auto channel = key("channel");
  Listener listener;
  listener.on_message = [&](std::string_view payload) { heard.emplace_back(payload); };
  listener.on_subscribed = [&] { ++subscribed; };
  listener.on_gap = [&] { ++gaps; };
  client().subscribe(context(), channel, std::move(listener));
  ASSERT_TRUE(run_until([&] { return subscribed == 1; }));

  EXPECT_EQ(run({"PUBLISH", channel, "one"}).integer(), 1);
  ASSERT_TRUE(run_until([&] { return heard == std::vector<std::string>{"one"}; }));

  run({"CLIENT", "KILL", "TYPE", "PUBSUB"});
  ASSERT_TRUE(run_until([&] { return gaps == 1 && subscribed == 2; }));
  run({"PUBLISH", channel, "two"});
  ASSERT_TRUE(run_until([&] { return heard.size() == 2; }));
}

TEST_F(RedisTest, ClosingPartsEndsWhatIsUnderWayAndLetsTheContextReturn) {
  int failed = 0;
  run({"PING"});
  for (int i = 0; i < 100; ++i) {
    spawn([this, &failed]() -> net::awaitable<void> {
      std::vector<std::string> words{"BLPOP", key("never"), "0"};
      try {
        co_await client().command("", std::move(words));
      } catch (const RedisUnavailable&) {
        ++failed;
      }
    });
  }
  context().poll();
  close_parts(context());
  context().run();  // returns: nothing is left to do
  EXPECT_EQ(failed, 100);
}

TEST_F(RedisTest, DestroyingTheContextWithCommandsInFlightDestroysTheirCoroutines) {
  const auto alive = std::make_shared<int>();
  {
    net::io_context doomed;
    for (int i = 0; i < 100; ++i) {
      auto forever = [](Client& asked, std::string k, std::shared_ptr<int>) -> net::awaitable<void> {
        std::vector<std::string> words{"BLPOP", k, "0"};
        co_await asked.command("", std::move(words));
      };
      net::co_spawn(doomed, forever(client(), key("never"), alive), net::detached);
    }
    doomed.run_for(milliseconds(50));
  }
  EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace secureauth::ephemeral::redis
