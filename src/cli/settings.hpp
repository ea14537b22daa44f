#pragma once

#include "cli/command.hpp"
#include "settings/config.hpp"

#include <optional>

namespace secureauth::cli {

/// Tells every warning and mistake on standard error. With mistakes: false, and the exit code is kMisconfigured, or
/// kRefused where the same settings may do later.
[[nodiscard]] bool complain_about(const settings::SettingsOutcome& outcome, CommandContext& context);

/// The settings in force; warnings go to standard error. With mistakes in them: nothing, and what complain_about does.
[[nodiscard]] std::optional<settings::Config> settings_or_complain(CommandContext& context);

/// The same, without making development secrets that a command has no use for.
[[nodiscard]] std::optional<settings::Config> settings_as_they_are(CommandContext& context);

}  // namespace secureauth::cli
