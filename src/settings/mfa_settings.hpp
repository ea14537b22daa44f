#pragma once

#include "settings/settings_table.hpp"

#include <vector>

namespace secureauth::settings {

/// The settings of second factors.
[[nodiscard]] std::vector<SettingRow> mfa_rows();

}  // namespace secureauth::settings
