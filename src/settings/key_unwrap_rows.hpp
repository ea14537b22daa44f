#pragma once

#include "settings/settings_table.hpp"

#include <string>
#include <utility>
#include <vector>

namespace secureauth::settings {

/// The settings of who unwraps keys that other settings hold wrapped.
[[nodiscard]] std::vector<SettingRow> key_unwrap_rows();

/// What they must not be together, each a setting and what is wrong with it.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> key_unwrap_mistakes(const KeyUnwrapSettings& settings);

}  // namespace secureauth::settings
