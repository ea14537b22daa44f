#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `user set-role|disable|enable|unlock|reset-mfa|demand-password-change|send-reset|delete`: what changes one account.
void add_user_changes(CLI::App& user, CommandContext& context);

}  // namespace secureauth::cli
