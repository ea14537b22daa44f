#pragma once

#include <boost/json/object.hpp>

#include <functional>
#include <string_view>

namespace secureauth::cli {

/// Exit codes of every command.
constexpr int kRefused = 1;
constexpr int kUsage = 2;
constexpr int kFound = 3;           ///< `audit verify` looked, and found something
constexpr int kMisconfigured = 78;  ///< mistakes in the settings; EX_CONFIG of sysexits.h

/// What the root command shares with the one that runs.
struct CommandContext {
  bool json = false;  ///< --json: one object on standard output instead of a sentence
  int exit_code = 0;
};

/// Prints what a command did on standard output: `line`, or `object` as one line of JSON under --json.
void say(const CommandContext& context, std::string_view line, const boost::json::object& object);

/// Prints `secureauth: message` on standard error.
void complain(std::string_view message);

/// Runs the body of a command: what it throws is complained about, and the exit code becomes kRefused.
void run_command(CommandContext& context, const std::function<void()>& body);

}  // namespace secureauth::cli
