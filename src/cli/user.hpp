#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `user create|list|show|set-role|demand-password-change|reset-mfa|disable|enable|import|export`.
void add_user(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
