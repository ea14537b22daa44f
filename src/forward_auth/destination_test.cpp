#include "forward_auth/destination.hpp"

#include <gtest/gtest.h>

namespace secureauth::forward_auth {
namespace {

TEST(DestinationTest, IsWhatTheEdgeSays) {
  EXPECT_EQ(destination_of({.proto = "https", .host = "www.example.org", .uri = "/a?b=c", .url = {}}),
            "https://www.example.org/a?b=c");
  EXPECT_EQ(destination_of({.proto = {}, .host = {}, .uri = "/a", .url = {}}), "/a");
  EXPECT_EQ(destination_of({.proto = {}, .host = {}, .uri = {}, .url = "https://www.example.org/a"}),
            "https://www.example.org/a");
  EXPECT_EQ(destination_of({}), std::nullopt);
  EXPECT_EQ(destination_of({.proto = "https", .host = "www.example.org", .uri = ".evil.test/", .url = {}}),
            std::nullopt);
}

TEST(DestinationTest, APageLoadIsABrowsersSafeRequestForHtml) {
  constexpr auto kHtml = "text/html,application/xhtml+xml,*/*;q=0.8";
  EXPECT_TRUE(loads_page("GET", kHtml, ""));
  EXPECT_TRUE(loads_page("GET", kHtml, "navigate"));
  EXPECT_TRUE(loads_page("HEAD", "Text/HTML", ""));
  EXPECT_FALSE(loads_page("POST", kHtml, "navigate"));
  EXPECT_FALSE(loads_page("", kHtml, ""));
  EXPECT_FALSE(loads_page("GET", kHtml, "cors"));
  EXPECT_FALSE(loads_page("GET", "application/json", ""));
  EXPECT_FALSE(loads_page("GET", "", ""));
}

}  // namespace
}  // namespace secureauth::forward_auth
