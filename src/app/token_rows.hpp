#pragma once

#include "app/settings_table.hpp"

#include <vector>

namespace secureauth::app {

/// The settings of the tokens for services behind this one.
[[nodiscard]] std::vector<SettingRow> token_rows();

}  // namespace secureauth::app
