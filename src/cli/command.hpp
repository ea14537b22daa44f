#pragma once

namespace secureauth::cli {

/// Exit codes of every command.
constexpr int kRefused = 1;
constexpr int kUsage = 2;

/// What the root command shares with the one that runs.
struct CommandContext {
  bool json = false;  ///< --json: one object on standard output instead of a sentence
  int exit_code = 0;
};

}  // namespace secureauth::cli
