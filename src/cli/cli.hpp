#pragma once

namespace secureauth::cli {

/// Parses the command line and runs the command. Returns the exit code: 0 done, 1 refused or failed, 2 usage.
int run(int argc, char** argv);

}  // namespace secureauth::cli
