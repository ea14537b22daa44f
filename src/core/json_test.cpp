#include "core/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth {
namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

class RefusedJson : public testing::TestWithParam<std::string> {};

TEST_P(RefusedJson, IsInvalidJson) {  // ASVS 1.5.2; RFC 8259
  const auto parsed = parse_json(GetParam());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, ErrorCode::invalid_json);
}

INSTANTIATE_TEST_SUITE_P(Corpus, RefusedJson,
                         testing::Values("", " ", "{", "{}x", "{} {}", "{\"a\":1,\"a\":2}", "{\"b\":{\"a\":1,\"a\":1}}",
                                         "{\"a\":1,\"\\u0061\":2}", "\xef\xbb\xbf{}", "{\"a\":\"\xff\"}",
                                         "{\"a\":\"\\ud800\"}", "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":1e400}",
                                         "{\"a\":-1e400}", "{\"a\":01}", "{a:1}", "{\"a\":1,}", "//c\n{}",
                                         "{\"a\":\"\n\"}", nested(17), nested(10000)));

TEST(ParseJsonTest, KeysOfDifferentObjectsMayAgree) {
  EXPECT_TRUE(parse_json(R"({"a":{"a":1},"b":{"a":2}})"));
  EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2}])"));
}

TEST(ParseJsonTest, TakesWhatTheLimitsAllow) {
  EXPECT_TRUE(parse_json(nested(16)));
  EXPECT_TRUE(parse_json(" {\"a\": \"\\ud83d\\ude00\\u0000\"} \r\n"));
}

}  // namespace
}  // namespace secureauth
