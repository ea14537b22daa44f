#pragma once

#include "settings/config.hpp"

#include <functional>
#include <vector>

namespace secureauth::settings {

/// One setting: its documentation, and how its text gets into the Config. `apply` throws BadValue.
struct SettingRow {
  SettingDoc doc;
  std::function<void(Config&, const std::string&)> apply;
  std::string (*shown)(std::string_view) = nullptr;  ///< how `config print` writes it; null: as it is
  /// Taken from the process's environment alone: it says what runs outside of the sandbox, and a service that was taken
  /// over may be able to write the `.env` of the next process.
  bool environment_only = false;
};

/// The one table that `config print`, `.env.example`, docs/configuration.md and the reading of settings come from.
[[nodiscard]] const std::vector<SettingRow>& settings_table();

}  // namespace secureauth::settings
