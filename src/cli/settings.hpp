#pragma once

#include "cli/command.hpp"
#include "settings/config.hpp"

#include <optional>

namespace secureauth::cli {

/// What a command does where there is no database yet or, in development, no keys.
enum class Beginning {
  refused,         ///< works on what is there
  in_development,  ///< makes them in development; in production a mistyped path would be a new, empty service
  anywhere,        ///< makes the database in production, too
};

/// Tells every warning and mistake on standard error. With mistakes: false, and the exit code is kMisconfigured, or
/// kRefused where the same settings may do later.
bool complain_about(const settings::SettingsOutcome& outcome, CommandContext& context);

/// The settings in force; warnings go to standard error. With mistakes in them: nothing, and what complain_about does.
/// What a command makes is told there in one line. Throws std::runtime_error where development has no keys and none are
/// made.
[[nodiscard]] std::optional<settings::Config> settings_or_complain(CommandContext& context,
                                                                   Beginning beginning = Beginning::refused);

/// The same for a command that has no use for keys: those that development has not made yet are left out.
[[nodiscard]] std::optional<settings::Config> settings_as_they_are(CommandContext& context);

}  // namespace secureauth::cli
