#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `audit …`.
void add_audit(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
