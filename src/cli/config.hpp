#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `config check|print|example|reference`.
void add_config(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
