#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `audit export`.
void add_audit_export(CLI::App& audit, CommandContext& context);

}  // namespace secureauth::cli
