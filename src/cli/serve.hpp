#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `serve`: runs the service until SIGTERM or SIGINT.
void add_serve(CLI::App& root, CommandContext& context);

/// What `serve` does; also what the program does without a command.
void serve(CommandContext& context);

}  // namespace secureauth::cli
