#pragma once

#include "settings/settings_table.hpp"

#include <vector>

namespace secureauth::settings {

/// The settings of what a started service gives up.
[[nodiscard]] std::vector<SettingRow> sandbox_rows();

}  // namespace secureauth::settings
