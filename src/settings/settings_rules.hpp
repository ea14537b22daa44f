#pragma once

#include "settings/config.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::settings {

/// Values that documents and examples show as placeholders; as secrets they are known to everybody.
[[nodiscard]] bool is_example_secret(std::string_view text);

/// Rules across settings, and those of production (DESIGN "Settled"). Adds a line to `mistakes` for each one broken,
/// save for settings in `bad`: what could not be read has its line already.
void check_rules(const Config& config, const std::set<std::string>& bad, std::vector<std::string>& mistakes);

}  // namespace secureauth::settings
