#pragma once

#include "cli/command.hpp"

#include <CLI/CLI.hpp>

namespace secureauth::cli {

/// `webauthn metadata show|update`: the FIDO Alliance's list of authenticators in WEBAUTHN_MDS_FILE.
void add_webauthn_metadata(CLI::App& webauthn, CommandContext& context);

}  // namespace secureauth::cli
