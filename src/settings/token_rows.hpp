#pragma once

#include "settings/settings_table.hpp"

#include <vector>

namespace secureauth::settings {

/// The settings of the tokens for services behind this one.
[[nodiscard]] std::vector<SettingRow> token_rows();

}  // namespace secureauth::settings
