#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `webauthn verify FILE`, which needs neither settings nor the record store, and `webauthn metadata`.
void add_webauthn(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
