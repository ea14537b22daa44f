#include "http/query.hpp"

#include <gtest/gtest.h>

namespace secureauth::http {
namespace {

Result<Query> parse(std::string_view text) {
  Request request;
  request.query = text;
  return Query::parse(request);
}

TEST(QueryTest, DecodesOnce) {  // ASVS 1.1.1
  EXPECT_EQ(parse("a=%2561&b=x+y&c")->text("a"), "%61");
  EXPECT_EQ(parse("a=1&c")->text("c"), "");
  EXPECT_EQ(parse("")->text("a"), std::nullopt);
}

TEST(QueryTest, EndsWhereTheQueryEnds) {  // it is a view into a longer head
  constexpr std::string_view kHead = "GET /x?limit=7&flag HTTP/1.1";
  const auto query = parse(kHead.substr(7, 12));
  EXPECT_EQ(query->limit().value(), 7);
  EXPECT_EQ(query->text("flag"), "");
}

TEST(QueryTest, AParameterSentTwiceIsRefused) {  // ASVS 15.3.7
  EXPECT_EQ(parse("a=1&a=1").error().code, ErrorCode::invalid_request);
  EXPECT_EQ(parse("a=1&%61=2").error().code, ErrorCode::invalid_request);
}

TEST(QueryTest, AMalformedOneIsRefused) {
  EXPECT_EQ(parse("a=%zz").error().code, ErrorCode::invalid_request);
  EXPECT_EQ(parse("a=%2").error().code, ErrorCode::invalid_request);
}

TEST(QueryTest, TheLimitIsFromOneToTwoHundred) {  // DESIGN "Settled": lists
  EXPECT_EQ(parse("")->limit().value(), 50);
  EXPECT_EQ(parse("limit=1")->limit().value(), 1);
  EXPECT_EQ(parse("limit=200")->limit().value(), 200);
  for (const auto* bad : {"limit=0", "limit=201", "limit=-1", "limit=ten", "limit=", "limit=1.5", "limit=+1"}) {
    EXPECT_EQ(parse(bad)->limit().error().code, ErrorCode::validation_failed) << bad;
  }
}

}  // namespace
}  // namespace secureauth::http
