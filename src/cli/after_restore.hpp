#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `secureauth after-restore`.
void add_after_restore(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
