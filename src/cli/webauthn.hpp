#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `webauthn verify FILE`. Needs neither settings nor the record store.
void add_webauthn(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
