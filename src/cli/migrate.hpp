#pragma once

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace secureauth::cli {

/// `secureauth migrate upgrade|downgrade|current|history|revision|check`: the schema of the database that the settings
/// name. `context` must outlive the parsing.
void add_migrate(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
