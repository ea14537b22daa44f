#include "telemetry/log.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace secureauth::telemetry {
namespace {

TEST(LogEscapeTest, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(escape("plain text, 100 %"), "plain text, 100 %");
  EXPECT_EQ(escape("Zoë 東京 🔑"), "Zoë 東京 🔑");
  EXPECT_EQ(escape(""), "");
}

TEST(LogEscapeTest, NoValueBeginsALineOrMovesACursor) {  // ASVS 16.4.1
  EXPECT_EQ(escape("a\r\nb\tc"), R"(a\u000d\u000ab\u0009c)");
  EXPECT_EQ(escape(std::string_view("\0\x1b[2J\x7f", 6)), R"(\u0000\u001b[2J\u007f)");
  EXPECT_EQ(escape("\u0085\u009b\u2028\u2029"), R"(\u0085\u009b\u2028\u2029)");
}

TEST(LogEscapeTest, NoValueTurnsTheReadingDirection) {  // CVE-2021-42574
  EXPECT_EQ(escape("\u202egnp.exe"), R"(\u202egnp.exe)");
  EXPECT_EQ(escape("\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069\u200e\u200f\u061c"),
            R"(\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069\u200e\u200f\u061c)");
}

TEST(LogEscapeTest, QuotesAndBackslashesCannotEndAString) {
  EXPECT_EQ(escape(R"(a","level":"x\)"), R"(a\",\"level\":\"x\\)");
}

TEST(LogEscapeTest, BrokenUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(escape("a\xff"), R"(a\ufffd)");
  EXPECT_EQ(escape("\xc0\xaf"), R"(\ufffd\ufffd)");            // overlong
  EXPECT_EQ(escape("\xe2\x82"), R"(\ufffd\ufffd)");            // cut short
  EXPECT_EQ(escape("\xed\xa0\x80"), R"(\ufffd\ufffd\ufffd)");  // a surrogate
}

TEST(LogEscapeTest, ALongValueIsCut) {
  EXPECT_EQ(escape(std::string(5000, 'a')).size(), 1024U);
}

TEST(LogEscapeTest, WhateverGoesInIsTheInsideOfAJsonString) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
  boost::system::error_code error;
  boost::json::parse('"' + escape(every) + '"', error);
  EXPECT_FALSE(error) << error.message();
}

}  // namespace
}  // namespace secureauth::telemetry
