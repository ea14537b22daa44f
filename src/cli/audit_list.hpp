#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `audit list`: prints what the audit log holds, newest first.
void add_audit_list(CLI::App& audit, CommandContext& context);

}  // namespace secureauth::cli
