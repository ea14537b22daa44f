#include "http/head_scanner.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::http {
namespace {

using Verdict = HeadScanner::Verdict;

Verdict scan(std::string_view bytes) {
  return HeadScanner().scan(bytes);
}

TEST(HeadScannerTest, FindsTheEndAndCountsFields) {
  HeadScanner scanner;
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
  EXPECT_EQ(scanner.scan(head + "body"), Verdict::complete);
  EXPECT_EQ(scanner.size(), head.size());
  EXPECT_EQ(scanner.fields(), 2U);
}

TEST(HeadScannerTest, TheVerdictDoesNotDependOnHowTheBytesArrive) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  HeadScanner scanner;
  for (std::size_t size = 1; size < head.size(); ++size) {
    ASSERT_EQ(scanner.scan(std::string_view(head).substr(0, size)), Verdict::incomplete) << size;
  }
  EXPECT_EQ(scanner.scan(head), Verdict::complete);
}

TEST(HeadScannerTest, RefusesWhatParsersDisagreeAbout) {  // ASVS 4.2.1; RFC 9112 §2.2, §5.2
  EXPECT_EQ(scan("GET / HTTP/1.1\nHost: a\n\n"), Verdict::malformed);
  EXPECT_EQ(scan("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"), Verdict::malformed);
  EXPECT_EQ(scan("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n"), Verdict::malformed);
  EXPECT_EQ(scan("GET / HTTP/1.1\r\nHost: a\r\n\tfolded\r\n\r\n"), Verdict::malformed);
  EXPECT_EQ(scan(std::string_view("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29)), Verdict::malformed);
  EXPECT_EQ(scan("\r\n\r\n"), Verdict::malformed);
}

}  // namespace
}  // namespace secureauth::http
