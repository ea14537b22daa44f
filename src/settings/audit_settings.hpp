#pragma once

#include "settings/settings_table.hpp"

#include <vector>

namespace secureauth::settings {

/// The settings of the audit log.
[[nodiscard]] std::vector<SettingRow> audit_rows();

}  // namespace secureauth::settings
