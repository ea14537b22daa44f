#pragma once

#include "settings/settings_table.hpp"

#include <string>
#include <utility>
#include <vector>

namespace secureauth::settings {

/// The settings of where audit events are sent.
[[nodiscard]] std::vector<SettingRow> push_rows();

/// What they must not be together, each a setting and what is wrong with it.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> push_mistakes(const Config& config);

}  // namespace secureauth::settings
