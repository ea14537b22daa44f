#pragma once

namespace secureauth::cli {

/// Parses the command line and runs the command. Returns the exit code: 0 done, 1 refused or failed, 2 usage,
/// 78 mistakes in the settings.
int run(int argc, char** argv);

}  // namespace secureauth::cli
