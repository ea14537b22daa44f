#pragma once

#include "app/components.hpp"
#include "cli/command.hpp"
#include "cli/settings.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace secureauth::cli {

/// What a command does with the service's own parts, and with the settings where it looks at them.
using Action = std::function<void(app::Components&)>;
using ActionBySettings = std::function<void(app::Components&, const settings::Config&)>;

/// Which keys must be those of the record store.
enum class KeysNeeded {
  all,    ///< that of the audit log, too: for what records
  names,  ///< SECRET_KEY, which opens the names' key
  none,   ///< for what helps when they are lost
};

/// What must be there before a command does its work.
struct Needs {
  KeysNeeded keys = KeysNeeded::all;
  Beginning beginning = Beginning::refused;
};

/// Reads the settings, opens the record store, brings or checks its schema, and runs `action`. With mistakes in the
/// settings it tells them and sets the exit code.
void with_components(CommandContext& context, const Action& action);
void with_components(CommandContext& context, const ActionBySettings& action,
                     Needs needs = {.keys = KeysNeeded::names});

/// What a command recorded is sealed at once: the service need not run. Where it cannot be, the service will.
void seal_what_was_recorded(app::Components& components);

/// Adds a command that only reads, such as the audit log.
CLI::App* add_log_command(CLI::App& parent, CommandContext& context, const char* name, const char* help, Action action);

/// Adds a command that works on the service's own parts. What it recorded is sealed at its end.
CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                Action action, Needs needs = {});
CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                ActionBySettings action, Needs needs = {});

}  // namespace secureauth::cli
