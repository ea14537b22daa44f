#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `user import FILE`. Exits with kRefused when a line was refused, or when it was interrupted.
void add_user_import(CLI::App& user, CommandContext& context);

}  // namespace secureauth::cli
