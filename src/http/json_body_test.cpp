#include "http/json_body.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::http {
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

TEST(FieldReaderTest, GathersEveryMistake) {  // DESIGN §4: field-level errors
  const auto body = parse_json(R"({"email": 1, "name": null, "extra": true})");
  FieldReader fields(*body);
  EXPECT_EQ(fields.text("email"), "");
  EXPECT_TRUE(fields.secret("password").empty());
  EXPECT_EQ(fields.optional_text("absent"), std::nullopt);
  EXPECT_EQ(fields.optional_text("name"), "");
  const auto error = fields.error();
  ASSERT_TRUE(error);
  ASSERT_EQ(error->fields.size(), 3U);
  EXPECT_EQ(error->fields[0].field + ' ' + error->fields[0].code, "email type");
  EXPECT_EQ(error->fields[1].field + ' ' + error->fields[1].code, "password required");
  EXPECT_EQ(error->fields[2].field + ' ' + error->fields[2].code, "name type");
}

TEST(FieldReaderTest, ASwitchMayBeLeftOutButNotBeAnythingElse) {
  const auto body = parse_json(R"({"on": true, "off": false, "text": "true", "number": 1, "null": null})");
  FieldReader fields(*body);
  EXPECT_TRUE(fields.optional_switch("on", false));
  EXPECT_FALSE(fields.optional_switch("off", true));
  EXPECT_TRUE(fields.optional_switch("absent", true));
  EXPECT_FALSE(fields.optional_switch("absent", false));
  EXPECT_FALSE(fields.error());
  for (const auto* name : {"text", "number", "null"}) EXPECT_TRUE(fields.optional_switch(name, true)) << name;
  EXPECT_EQ(fields.error()->fields.size(), 3U);
}

TEST(FieldReaderTest, ABodyThatIsNoObjectIsOneMistake) {
  const auto body = parse_json("[]");
  FieldReader fields(*body);
  EXPECT_EQ(fields.text("email"), "");
  const auto error = fields.error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->fields.size(), 1U);
}

}  // namespace
}  // namespace secureauth::http
