#pragma once

#include "app/settings_table.hpp"

#include <vector>

namespace secureauth::app {

/// The settings of second factors.
[[nodiscard]] std::vector<SettingRow> mfa_rows();

}  // namespace secureauth::app
