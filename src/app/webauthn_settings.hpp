#pragma once

#include "app/settings_table.hpp"

#include <vector>

namespace secureauth::app {

/// The settings of passkeys.
[[nodiscard]] std::vector<SettingRow> webauthn_rows();

}  // namespace secureauth::app
