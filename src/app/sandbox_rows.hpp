#pragma once

#include "app/settings_table.hpp"

#include <vector>

namespace secureauth::app {

/// The settings of what a started service gives up.
[[nodiscard]] std::vector<SettingRow> sandbox_rows();

}  // namespace secureauth::app
