#pragma once

#include "app/config.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace secureauth::app {

/// What the rules need to know beyond the values: which settings somebody gave, and which could not be read.
struct SettingFacts {
  std::map<std::string, std::string> given;
  std::set<std::string> bad;
};

/// Values that documents and examples show as placeholders; as secrets they are known to everybody.
[[nodiscard]] bool is_example_secret(std::string_view text);

/// Rules across settings, and those of production (DESIGN "Settled"). Adds a line to `mistakes` for each one broken.
void check_rules(const Config& config, const SettingFacts& facts, std::vector<std::string>& mistakes);

}  // namespace secureauth::app
