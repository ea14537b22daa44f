#include "http/json_body.hpp"

#include "core/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::http {
namespace {

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

TEST(FieldReaderTest, NullIsNothingWhereItMayBeSaid) {
  const auto body = parse_json(R"({"none": null, "some": "x", "number": 1})");
  FieldReader fields(*body);
  EXPECT_EQ(fields.text_or_null("none"), std::nullopt);
  EXPECT_EQ(fields.text_or_null("some"), "x");
  EXPECT_FALSE(fields.error());
  EXPECT_EQ(fields.text_or_null("number"), std::nullopt);
  EXPECT_EQ(fields.text_or_null("absent"), std::nullopt);
  ASSERT_EQ(fields.error()->fields.size(), 2U);
  EXPECT_EQ(fields.error()->fields[0].code, "type");
  EXPECT_EQ(fields.error()->fields[1].code, "required");
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
