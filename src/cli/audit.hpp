#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `audit list|verify|prove|check-proof|head|public-key|prune|export|deliveries`.
void add_audit(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
