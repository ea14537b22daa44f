#include "mail/browser.hpp"

#include <gtest/gtest.h>

namespace secureauth::mail {
namespace {

TEST(BrowserTest, IsNamedInWords) {
  const auto named = [](std::string_view agent) { return browser_in_words(agent, Locale::en); };
  EXPECT_EQ(named("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"), "Firefox on Linux");
  EXPECT_EQ(named("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "
                  "Safari/537.36 Edg/131.0.0.0"),
            "Edge on Windows");
  EXPECT_EQ(named("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                  "Version/18.1 Safari/605.1.15"),
            "Safari on macOS");
  EXPECT_EQ(named("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile "
                  "Safari/537.36"),
            "Chrome on Android");
  EXPECT_EQ(named("curl/7.88.1"), "curl");
  EXPECT_EQ(browser_in_words("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                             "Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                             Locale::de),
            "Safari auf iPhone");
}

TEST(BrowserTest, NothingThatAStrangerWroteIsRepeated) {  // ASVS 1.3.11, CS Forgot Password
  EXPECT_EQ(browser_in_words("SECURITY ALERT: phone our fraud desk on +44 20 7946 0000", Locale::en), "unknown");
  EXPECT_EQ(browser_in_words("", Locale::de), "unbekannt");
  EXPECT_EQ(browser_in_words("call +44 20 7946 0000 Firefox/1 Windows", Locale::en), "Firefox on Windows");
}

}  // namespace
}  // namespace secureauth::mail
