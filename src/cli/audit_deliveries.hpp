#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `audit deliveries [reset|forget]`.
void add_audit_deliveries(CLI::App& audit, CommandContext& context);

}  // namespace secureauth::cli
