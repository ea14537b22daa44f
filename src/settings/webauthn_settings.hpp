#pragma once

#include "settings/settings_table.hpp"

#include <vector>

namespace secureauth::settings {

/// The settings of passkeys.
[[nodiscard]] std::vector<SettingRow> webauthn_rows();

}  // namespace secureauth::settings
