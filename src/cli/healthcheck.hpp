#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `healthcheck`: asks the running service on this machine whether it is ready; for containers without a shell.
void add_healthcheck(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
