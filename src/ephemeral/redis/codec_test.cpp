#include "ephemeral/redis/codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

namespace secureauth::ephemeral::redis {
namespace {

void feed(Reader& reader, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto room = reader.room();
    const auto taken = std::min(room.size(), bytes.size());
    std::copy_n(bytes.begin(), taken, room.begin());
    reader.received(taken);
    bytes.remove_prefix(taken);
  }
}

Reply only(std::string_view bytes) {
  Reader reader;
  feed(reader, bytes);
  auto reply = reader.next();
  if (!reply) throw std::runtime_error("incomplete");
  EXPECT_FALSE(reader.next()) << "more than one reply";
  return *std::move(reply);
}

TEST(RedisCodecTest, ArgumentsTravelWithTheirLengthWhateverIsInThem) {
  EXPECT_EQ(command_of({"SET", "k", std::string_view("a\r\n\0*1", 6)}),
            std::string("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\na\r\n\0*1\r\n", 32));
  EXPECT_EQ(command_of({"GET", ""}), "*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
}

TEST(RedisCodecTest, EveryTypeOfResp3IsRead) {
  EXPECT_EQ(only("+OK\r\n").text(), "OK");
  EXPECT_EQ(only("$5\r\na\r\nb!\r\n").text(), "a\r\nb!");
  EXPECT_EQ(only("$0\r\n\r\n").text(), "");
  EXPECT_EQ(only("=8\r\ntxt:text\r\n").text(), "text");
  EXPECT_EQ(only("(3492890328409238509324850943850943825024385\r\n").text(),
            "3492890328409238509324850943850943825024385");
  EXPECT_EQ(only(":-9223372036854775808\r\n").integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(only(":+7\r\n").integer(), 7);
  EXPECT_EQ(only(",1.5\r\n").real(), 1.5);
  EXPECT_TRUE(std::isinf(only(",-inf\r\n").real()));
  EXPECT_TRUE(std::isnan(only(",nan\r\n").real()));
  EXPECT_TRUE(only("#t\r\n").boolean());
  EXPECT_FALSE(only("#f\r\n").boolean());
  for (const auto* null : {"_\r\n", "$-1\r\n", "*-1\r\n"}) EXPECT_TRUE(only(null).is_null()) << null;
  EXPECT_EQ(only("*2\r\n:1\r\n*1\r\n+x\r\n")[1][0].text(), "x");
  EXPECT_EQ(only("*0\r\n").size(), 0U);
  EXPECT_EQ(only("~1\r\n:1\r\n").kind(), Reply::Kind::set);
  EXPECT_EQ(only(">1\r\n+message\r\n").kind(), Reply::Kind::push);
  EXPECT_EQ(only("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n").find("b").integer(), 2);
  EXPECT_TRUE(only("%1\r\n+a\r\n:1\r\n").find("c").is_null());
}

TEST(RedisCodecTest, AnErrorGivesItsFirstWordOnly) {
  const auto refused = only("-WRONGTYPE Operation against a key\r\n");
  EXPECT_TRUE(refused.is_error());
  EXPECT_EQ(refused.error_code(), "WRONGTYPE");
  EXPECT_EQ(refused.error_detail(), "Operation against a key");
  EXPECT_EQ(only("!10\r\nOOM secret\r\n").error_code(), "OOM");
  EXPECT_EQ(only("-secret value\r\n").error_code(), "ERR");
  EXPECT_EQ(only("-\r\n").error_code(), "ERR");
}

TEST(RedisCodecTest, AttributesAreDropped) {
  EXPECT_EQ(only("|1\r\n+ttl\r\n:5\r\n:7\r\n").integer(), 7);
  EXPECT_EQ(only("*2\r\n|1\r\n+a\r\n*1\r\n+b\r\n:1\r\n|0\r\n:2\r\n")[1].integer(), 2);
}

TEST(RedisCodecTest, RepliesAreTheSameHoweverTheyAreCut) {
  const std::string_view stream = "*3\r\n$4\r\na\r\nb\r\n%1\r\n+k\r\n>0\r\n_\r\n:12\r\n-ERR no\r\n";
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      Reader reader;
      std::vector<Reply> replies;
      for (const auto part : {stream.substr(0, first), stream.substr(first, second - first), stream.substr(second)}) {
        feed(reader, part);
        while (auto reply = reader.next()) replies.push_back(*std::move(reply));
      }
      ASSERT_EQ(replies.size(), 3U);
      EXPECT_EQ(replies[0][0].text(), "a\r\nb");
      EXPECT_EQ(replies[0][1].find("k").size(), 0U);
      EXPECT_EQ(replies[1].integer(), 12);
      EXPECT_TRUE(replies[2].is_error());
    }
  }
}

TEST(RedisCodecTest, ManyRepliesPassThroughOneReader) {
  Reader reader;
  const std::string value(100'000, 'v');
  const auto one = "$100000\r\n" + value + "\r\n";
  for (int i = 0; i < 100; ++i) {
    feed(reader, one);
    const auto reply = reader.next();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->text(), value);
  }
}

class HostileRedisTest : public testing::TestWithParam<std::string> {};

TEST_P(HostileRedisTest, IsAProtocolError) {
  Reader reader(Reader::Limits{.reply_bytes = 1000, .reply_elements = 100, .depth = 4});
  feed(reader, GetParam());
  EXPECT_THROW(while (reader.next()){}, ProtocolError);
}

std::string repeated(int times, const std::string& text) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

INSTANTIATE_TEST_SUITE_P(Corpus, HostileRedisTest,
                         testing::Values("HTTP/1.1 400 Bad Request\r\n", "?\r\n", ":\r\n", ":1x\r\n",
                                         ":9223372036854775808\r\n", ": 1\r\n", "#x\r\n", ",x\r\n", ",\r\n", "$-2\r\n",
                                         "$x\r\n", "$1001\r\n", "$99999999999999999999\r\n", "$3\r\nabcdef\r\n",
                                         "$?\r\n", "=3\r\ntxt\r\n", "*-2\r\n", "*101\r\n", "*9999999999\r\n", "%51\r\n",
                                         "%9223372036854775807\r\n", ">101\r\n", repeated(5, "*1\r\n"),
                                         repeated(60, "*2\r\n:1\r\n"), "*60\r\n*60\r\n", ":" + std::string(40, '1'),
                                         "+" + std::string(70'000, 'x'),
                                         "*90\r\n" + repeated(90, "$900\r\n" + std::string(900, 'x') + "\r\n")));

TEST(ReplyTest, AnotherKindThanWasAskedForIsAsGoodAsNoAnswer) {
  EXPECT_THROW((void)Reply().text(), RedisUnavailable);
  EXPECT_THROW((void)only(":1\r\n").text(), RedisUnavailable);
  EXPECT_THROW((void)only("+1\r\n").integer(), RedisUnavailable);
  EXPECT_THROW((void)only("*1\r\n:1\r\n")[1], RedisUnavailable);
}

}  // namespace
}  // namespace secureauth::ephemeral::redis
