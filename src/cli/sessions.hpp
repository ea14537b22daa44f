#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `sessions list|revoke`: where an account is signed in, and the end of that.
void add_sessions(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
