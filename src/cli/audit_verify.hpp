#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `audit verify`.
void add_audit_verify(CLI::App& audit, CommandContext& context);

}  // namespace secureauth::cli
