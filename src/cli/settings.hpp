#pragma once

#include "settings/config.hpp"

#include <optional>

namespace secureauth::cli {

/// Tells every warning and mistake on standard error; false when there are mistakes.
bool complain_about(const settings::SettingsOutcome& outcome);

/// The settings in force; warnings go to standard error. With mistakes in them: each on a line of its own there, and
/// nothing returned.
[[nodiscard]] std::optional<settings::Config> settings_or_complain();

}  // namespace secureauth::cli
