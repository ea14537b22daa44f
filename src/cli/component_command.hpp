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

/// Reads the settings, opens the record store, brings or checks its schema, and runs `action`. With mistakes in the
/// settings it tells them and sets the exit code kRefused.
void with_components(CommandContext& context, const Action& action);
void with_components(CommandContext& context, const ActionBySettings& action, Beginning beginning = Beginning::refused);

/// What a command recorded is sealed at once: the service need not run. Where it cannot be, the service will.
void seal_what_was_recorded(app::Components& components);

/// Adds a command that only reads, such as the audit log.
CLI::App* add_log_command(CLI::App& parent, CommandContext& context, const char* name, const char* help, Action action);

/// Adds a command that works on the service's own parts. What it recorded is sealed at its end.
CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                Action action, Beginning beginning = Beginning::refused);
CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                ActionBySettings action, Beginning beginning = Beginning::refused);

}  // namespace secureauth::cli
