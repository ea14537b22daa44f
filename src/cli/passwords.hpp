#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `passwords check` and `passwords build-filter`. Neither touches the record store.
void add_passwords(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
