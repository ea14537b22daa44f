#include "http/static_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace secureauth::http {
namespace {

constexpr std::string_view kPlain = "plain";
constexpr std::string_view kPacked = "packed";

Response ask(std::vector<std::pair<std::string_view, std::string_view>> headers, std::string_view gzip = kPacked) {
  Request request;
  request.headers = std::move(headers);
  return answer_with({.content = Content::script, .identity = kPlain, .gzip = gzip, .tag = "t"}, request, kRevalidate);
}

std::string header(const Response& response, std::string_view name) {
  const auto found = std::ranges::find(response.headers, name, [](const auto& field) { return field.first; });
  return found == response.headers.end() ? "" : found->second;
}

TEST(StaticFileTest, IsCompressedForWhoTakesThat) {  // RFC 9110 §12.5.3
  for (const auto* takes : {"gzip", "br, GZIP", "deflate,gzip;q=0.5", "gzip; q=1.0"}) {
    const auto response = ask({{"accept-encoding", takes}});
    EXPECT_EQ(response.body, kPacked) << takes;
    EXPECT_EQ(header(response, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(response, "Vary"), "Accept-Encoding");
    EXPECT_EQ(header(response, "ETag"), "\"t-gzip\"");
  }
  for (const auto* refuses : {"", "br", "gzip;q=0", "gzip; q=0.000", "gzipped", "x-gzip"}) {
    const auto response = ask({{"accept-encoding", refuses}});
    EXPECT_EQ(response.body, kPlain) << refuses;
    EXPECT_EQ(header(response, "Content-Encoding"), "");
    EXPECT_EQ(header(response, "Vary"), "Accept-Encoding") << "a cache must know that there are two";
  }
  EXPECT_EQ(header(ask({}, ""), "Vary"), "");
}

TEST(StaticFileTest, IsNotSentAgainToWhoHasIt) {  // RFC 9110 §13.1.2
  for (const auto* has : {"\"t\"", "W/\"t\"", "\"other\", \"t\"", "*"}) {
    const auto response = ask({{"if-none-match", has}});
    EXPECT_EQ(response.status, 304U) << has;
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(header(response, "ETag"), "\"t\"");
    EXPECT_EQ(response.cache_control, kRevalidate);
  }
  EXPECT_EQ(ask({{"if-none-match", "\"other\""}}).status, 200U);
  EXPECT_EQ(ask({{"if-none-match", "\"t\""}, {"accept-encoding", "gzip"}}).status, 200U) << "the other of the two";
}

TEST(StaticFileTest, AnUnknownEndingIsABug) {
  EXPECT_EQ(content_of("a.css"), Content::style);
  EXPECT_THROW(static_cast<void>(content_of("a.exe")), std::logic_error);
}

}  // namespace
}  // namespace secureauth::http
