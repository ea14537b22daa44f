#include "ephemeral/redis/fake_redis_fixture.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace secureauth::ephemeral::redis {
namespace {

using std::chrono::milliseconds;

/// What a client does with a server that misbehaves.
class RedisClientTest : public FakeRedisFixture {
 protected:
  static constexpr milliseconds kPatience{400};

  [[nodiscard]] ClientOptions options() const override {
    auto options = FakeRedisFixture::options();
    options.command_timeout = kPatience;
    options.connect_timeout = kPatience * 3;
    return options;
  }

  /// Why the client gave the command up.
  std::string refusal(std::vector<std::string> words) {
    try {
      run(std::move(words));
      return "answered";
    } catch (const RedisUnavailable& unavailable) {
      return unavailable.what();
    }
  }
};

TEST_F(RedisClientTest, ASilentServerIsNoticedOnABusyThreadToo) {
  constexpr int kMostTurns = 40;
  run({"PING"});
  int turns = 0;
  bool ended = false;
  bool stopped = false;
  std::function<void()> be_busy = [&] {  // every timer comes late by more than is forgiven once
    std::this_thread::sleep_for(milliseconds(50));
    stopped = ended || ++turns == kMostTurns;
    if (!stopped) net::post(context(), be_busy);
  };
  spawn([&]() -> net::awaitable<void> {
    std::vector<std::string> get{"GET", "k"};
    try {
      co_await client().command("k", std::move(get));
    } catch (const RedisUnavailable&) {
      ended = true;
    }
  });
  net::post(context(), be_busy);
  ASSERT_TRUE(run_until([&] { return stopped; }));
  EXPECT_LT(turns, kMostTurns);
  EXPECT_TRUE(run_all());
}

TEST_F(RedisClientTest, AScriptIsAskedByItsDigestAndSentWhereThatIsUnknown) {
  const Script script("return 1");
  server_.answers["EVALSHA"] = "-NOSCRIPT No matching script.\r\n";
  server_.answers["EVAL"] = ":1\r\n";
  EXPECT_EQ(run_script(script, "k", {}).integer(), 1);
  EXPECT_EQ(server_.asked, (std::vector<std::string>{"HELLO", "EVALSHA", "EVAL"}));
}

TEST_F(RedisClientTest, AGreetingThatIsNoMapIsRefused) {
  server_.answers["HELLO"] = "+OK\r\n";
  server_.answers["GET"] = "+x\r\n";
  EXPECT_EQ(refusal({"GET", "k"}), "what answered is no Redis server: its greeting is no map");
}

TEST_F(RedisClientTest, AnAnswerOfAnotherKindIsAsGoodAsNone) {
  server_.answers["GET"] = ":1\r\n";
  EXPECT_THROW((void)run({"GET", "k"}).text(), RedisUnavailable);
}

TEST_F(RedisClientTest, AllRedirectionsOfACommandShareItsTime) {
  server_.delay = kPatience / 2 + milliseconds(50);
  server_.answers["GET"] = "-MOVED 1 127.0.0.1:" + std::to_string(server_.port()) + "\r\n";
  EXPECT_EQ(refusal({"GET", "k"}), "Redis did not answer in time");
  // One has timed out, and the hop that was under way may end; redirections alone would allow six.
  EXPECT_LE(server_.asked_for("GET"), 3);
}

TEST_F(RedisClientTest, ANodeBeyondThisMachineIsToldNothingWithoutTls) {  // 192.0.2.0/24: RFC 5737, nobody's
  server_.answers["GET"] = "-MOVED 1 192.0.2.1:6379\r\n";
  EXPECT_EQ(refusal({"GET", "k"}), "a node of Redis must not be connected to without TLS");
}

TEST_F(RedisClientTest, APingAsksEveryMasterThatIsKnown) {
  const auto port = std::to_string(server_.port());
  server_.answers["GET"] = "-MOVED 1 127.0.0.2:" + port + "\r\n";
  server_.answers["CLUSTER"] = "*2\r\n*3\r\n:0\r\n:9\r\n*2\r\n+127.0.0.2\r\n:" + port +
                               "\r\n*3\r\n:10\r\n:99\r\n*2\r\n+127.0.0.3\r\n:1\r\n";  // nobody listens
  run({"PING"});
  const auto ping = [&] { wait(client().ping()); };
  EXPECT_NO_THROW(ping());
  EXPECT_NE(refusal({"GET", "k"}), "answered");
  EXPECT_TRUE(run_until([&] { return server_.asked_for("CLUSTER") > 0; }));
  context().run_for(milliseconds(50));
  EXPECT_THROW(ping(), RedisUnavailable);
}

TEST_F(RedisClientTest, ASubscriptionThatIsRefusedSaysWhyAndIsNotUp) {
  server_.answers["SUBSCRIBE"] = "-NOPERM no\r\n";
  testing::internal::CaptureStderr();
  Listener listener;
  listener.on_message = [](std::string_view) {};
  client().subscribe(context(), "channel", std::move(listener));
  EXPECT_TRUE(run_until([&] { return server_.asked_for("SUBSCRIBE") == 3; }));
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("Redis refused a command: NOPERM"), std::string::npos) << log;
  EXPECT_EQ(log.find("is back"), std::string::npos) << log;
}

}  // namespace
}  // namespace secureauth::ephemeral::redis
