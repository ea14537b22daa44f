#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `mail queue|retry`.
void add_mail(CLI::App& root, CommandContext& context);

}  // namespace secureauth::cli
