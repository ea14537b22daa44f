#pragma once

#include "app/settings_table.hpp"

#include <vector>

namespace secureauth::app {

/// The settings of rate limits.
[[nodiscard]] std::vector<SettingRow> rate_limit_rows();

}  // namespace secureauth::app
