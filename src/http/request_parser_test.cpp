#include "http/request_parser.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::http {
namespace {

struct Parsed {
  Request request;
  std::string body;
  std::optional<Error> error;
};

/// Parses a whole request; `head` must outlive the result.
void parse(std::string_view head, std::string_view body, Parsed& out, ParserLimits limits = {}) {
  RequestParser parser(out.request, out.body, limits);
  out.error = parser.read_head(head);
  if (out.error || body.empty()) return;
  const auto used = parser.read_body(body);
  if (!used) out.error = used.error();
}

ErrorCode code_of(std::string_view head, std::string_view body = "") {
  Parsed parsed;
  parse(head, body, parsed);
  return parsed.error ? parsed.error->code : ErrorCode::internal;
}

TEST(RequestParserTest, SplitsTheTargetAndKeepsHeaders) {
  const std::string head = "GET /a/b?x=1 HTTP/1.1\r\nHost: h\r\nCookie: a=1; b=2\r\n\r\n";
  Parsed parsed;
  parse(head, "", parsed);
  ASSERT_FALSE(parsed.error);
  EXPECT_EQ(parsed.request.path, "/a/b");
  EXPECT_EQ(parsed.request.query, "x=1");
  EXPECT_EQ(**parsed.request.cookie("b"), "2");
  EXPECT_EQ(*parsed.request.cookie("c"), std::nullopt);
}

TEST(RequestParserTest, AnAbsoluteTargetMustNameTheHost) {  // RFC 9112 §3.2.2; attack 23
  const std::string same = "GET http://h:80/p HTTP/1.1\r\nHost: h:80\r\n\r\n";
  Parsed parsed;
  parse(same, "", parsed);
  ASSERT_FALSE(parsed.error);
  EXPECT_EQ(parsed.request.path, "/p");
  EXPECT_EQ(code_of("GET http://other/p HTTP/1.1\r\nHost: h\r\n\r\n"), ErrorCode::invalid_request);
}

TEST(RequestParserTest, RefusesAmbiguousFraming) {  // ASVS 4.2.1; RFC 9112 §6.3
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  for (const auto* lines :
       {"Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: xchunked\r\n", "Content-Length: +1\r\n",
        "Content-Length: 1, 1\r\n", "Content-Length: -1\r\n", "Content-Length : 1\r\n", "Content-Length: 0x1\r\n"}) {
    EXPECT_EQ(code_of(start + lines + "\r\n"), ErrorCode::invalid_request) << lines;
  }
}

TEST(RequestParserTest, NeedsExactlyOneHost) {  // ASVS 4.2.2
  EXPECT_EQ(code_of("GET / HTTP/1.1\r\n\r\n"), ErrorCode::invalid_request);
  EXPECT_EQ(code_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), ErrorCode::invalid_request);
}

TEST(RequestParserTest, ADoubledCookieIsRefusedWhicheverComesFirst) {  // ASVS 15.3.7
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nCookie: s=1; s=2\r\n\r\n";
  Parsed parsed;
  parse(head, "", parsed);
  EXPECT_EQ(parsed.request.cookie("s").error().code, ErrorCode::invalid_request);
}

TEST(RequestParserTest, ChunkedBodiesAreCountedToo) {  // ASVS 4.2.1, limits
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  Parsed parsed;
  parse(head, "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n", parsed, {.body = 5});
  ASSERT_FALSE(parsed.error);
  EXPECT_EQ(parsed.body, "abcde");
  EXPECT_EQ(parsed.request.header("x-trailer"), std::nullopt);

  Parsed over;
  parse(head, "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", over, {.body = 5});
  ASSERT_TRUE(over.error);
  EXPECT_EQ(over.error->code, ErrorCode::payload_too_large);
}

TEST(RequestParserTest, ADeclaredLengthOverTheLimitIsKnownFromTheHead) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n";
  Request request;
  std::string body;
  RequestParser parser(request, body, {});
  ASSERT_FALSE(parser.read_head(head));
  EXPECT_TRUE(parser.body_exceeds_limit());
}

TEST(RequestParserTest, NoInterimAnswerForHttp10) {  // RFC 9110 §10.1.1
  for (const bool newer : {true, false}) {
    const std::string head = std::string("POST / HTTP/1.") + (newer ? "1" : "0") +
                             "\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    Request request;
    std::string body;
    RequestParser parser(request, body, {});
    ASSERT_FALSE(parser.read_head(head));
    EXPECT_EQ(parser.wants_continue(), newer);
  }
}

}  // namespace
}  // namespace secureauth::http
