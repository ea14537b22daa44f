#pragma once

#include "settings/settings_table.hpp"

#include <vector>

namespace secureauth::settings {

/// The settings of rate limits.
[[nodiscard]] std::vector<SettingRow> rate_limit_rows();

}  // namespace secureauth::settings
