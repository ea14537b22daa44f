#pragma once

#include "core/temporary_folder_fixture.hpp"
#include "settings/config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace secureauth::settings {

/// Reads settings in a folder of the test's own, from an environment of the test's own.
class SettingsTest : public testing::Test {
 protected:
  using Variables = std::map<std::string, std::string>;
  using Lines = std::vector<std::string>;

  SettingsTest() { input_.dotenv_path = folder_ / ".env"; }

  SettingsOutcome load(Variables environment = {}) {
    environment.emplace("DATABASE_URL", "sqlite:" + (folder_ / "data" / "secureauth.db").string());
    input_.environment = std::move(environment);
    return load_settings(input_);
  }

  std::string write(std::string_view name, std::string_view content,
                    std::filesystem::perms mode = std::filesystem::perms::owner_read |
                                                  std::filesystem::perms::owner_write) const {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    std::filesystem::permissions(path, mode);
    return path.string();
  }

  static std::string shown(const SettingsOutcome& outcome, std::string_view name) {
    for (const auto& setting : outcome.in_force) {
      if (setting.name == name) return setting.value;
    }
    return "(absent)";
  }

  static Source source(const SettingsOutcome& outcome, std::string_view name) {
    for (const auto& setting : outcome.in_force) {
      if (setting.name == name) return setting.source;
    }
    throw std::logic_error("no such setting in force");
  }

  TemporaryFolder home_;
  std::filesystem::path folder_ = home_.path();
  SettingsInput input_;
};

// Random keys, made for these tests alone.
inline constexpr const char* kKeyA = "7d1f9c3be2a84460b5c8f01273ae96d4185b60fe9a2c47d3e08f5b1c64a9d732";
inline constexpr const char* kKeyB = "c2a60e97f4b3481d95e7206cd8fb134aa5f93e71084bd62c7e1590af36db82c4";
inline constexpr const char* kKeyC = "1b7e40d9f2c85a633e94bd07516fa8c2f03d6b9e874125cadf58e13092b64c7a";
inline constexpr const char* kKeyF = "c47a1e9036d85fb2e0713c68a95d24f7817b0ec3592fd6a4483e9d105ac7f26b";
inline constexpr const char* kKeyE = "5e0d82b7fa16c94328d1a0f76be43c95d7298e1f403ab6c5791be2f0d48c6a13";
inline constexpr const char* kKeyD = "93f5a20c6de84b17c8401e7fb9d3562ae17c0894fb6d25a3380ecf61d47a92b5";

}  // namespace secureauth::settings
