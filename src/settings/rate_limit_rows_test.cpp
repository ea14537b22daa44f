#include "settings/settings_testing.hpp"

namespace secureauth::settings {
namespace {

using RateLimitRowsTest = SettingsTest;

TEST_F(RateLimitRowsTest, LimitsAreReadAsRequestsInSeconds) {
  const auto limits = load({{"RATE_LIMIT_LOGIN", "7/30"}}).config.rate_limits;
  EXPECT_EQ(limits.login.requests, 7);
  EXPECT_EQ(limits.login.window, std::chrono::seconds(30));
  EXPECT_EQ(limits.usual.requests, 50);
  EXPECT_EQ(limits.usual.window, std::chrono::minutes(10));
  EXPECT_EQ(limits.exempt, Lines({"/auth/me", "/auth/csrf"}));
}

TEST_F(RateLimitRowsTest, ALimitIsTurnedOffByWordAlone) {
  const auto outcome = load({{"RATE_LIMIT_LOGIN", "off"}});
  EXPECT_TRUE(outcome.mistakes.empty());
  EXPECT_FALSE(outcome.config.rate_limits.login.is_on());
  EXPECT_FALSE(load({{"RATE_LIMIT_REQUESTS", "off"}}).config.rate_limits.usual.is_on());
  EXPECT_TRUE(load({{"RATE_LIMIT_EXEMPT", "none"}}).config.rate_limits.exempt.empty());
}

}  // namespace
}  // namespace secureauth::settings
