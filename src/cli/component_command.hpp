#pragma once

#include "app/components.hpp"
#include "cli/command.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace secureauth::cli {

/// Runs `action` on the service's own parts; with mistakes in the settings it tells them and exits with kRefused.
void with_components(CommandContext& context, const std::function<void(app::Components&, const app::Config&)>& action);

/// Adds a command that works on the service's own parts: it reads the settings, opens the record store, brings or
/// checks its schema, and runs `action`. With mistakes in the settings it tells them and exits with kRefused.
CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                std::function<void(app::Components&)> action);
/// The same, of one that looks at the settings, too.
CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                std::function<void(app::Components&, const app::Config&)> action);

}  // namespace secureauth::cli
