#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `secureauth keys list|generate|rotate`: the keys that TOTP secrets are sealed with.
void add_keys(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
