#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `routes`: what the service answers, and what each route asks of who calls.
void add_routes(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
