#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `user export`.
void add_user_export(CLI::App& user, CommandContext& context);

}  // namespace secureauth::cli
