#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `audit begin-anew`, `audit set-aside`: what helps when a key of the audit log is gone.
void add_audit_lost_key(CLI::App& audit, CommandContext& context);

}  // namespace secureauth::cli
