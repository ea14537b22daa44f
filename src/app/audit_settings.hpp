#pragma once

#include "app/settings_table.hpp"

#include <vector>

namespace secureauth::app {

/// The settings of the audit log.
[[nodiscard]] std::vector<SettingRow> audit_rows();

}  // namespace secureauth::app
