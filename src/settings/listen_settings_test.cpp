#include "settings/listen_settings.hpp"

#include "settings/settings_testing.hpp"

namespace secureauth::settings {
namespace {

TEST_F(SettingsTest, AProbeNeedsNothingButWhereTheServiceListens) {
  write(".env", "PORT=8001\nnonsense\nPROT=1\nSECRET_KEY=short\n");
  input_.environment = {{"LISTEN_ADDRESS", "::1"},
                        {"PROXY_PROTOCOL", "required"},
                        {"ENVIRONMENT", "production"},
                        {"CSRF_SECRET_FILE", (folder_ / "nowhere").string()},
                        {"AUDIT_KEY", "wrapped:x"}};
  const auto outcome = load_listen_settings(input_);
  EXPECT_EQ(outcome.mistakes, Lines{});
  EXPECT_EQ(outcome.config.port, 8001);
  EXPECT_EQ(outcome.config.listen_address, "::1");
  EXPECT_TRUE(outcome.config.proxy_protocol);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "data")) << "nothing is made";
}

TEST_F(SettingsTest, AProbeTellsTheMistakesOfWhatItNeeds) {
  input_.environment = {{"PORT", "x"}};
  EXPECT_EQ(load_listen_settings(input_).mistakes, Lines{"PORT must be a whole number from 1 to 65535"});
  input_.environment = {};
  const auto outcome = load_listen_settings(input_);
  EXPECT_EQ(outcome.config.port, 8000);
  EXPECT_EQ(outcome.config.listen_address, "127.0.0.1");
}

}  // namespace
}  // namespace secureauth::settings
