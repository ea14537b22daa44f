#include "cli/passwords.hpp"

#include "cli/password_input.hpp"
#include "cli/settings.hpp"
#include "core/run_to_end.hpp"
#include "passwords/breach_filter_builder.hpp"
#include "settings/password_rules.hpp"

#include <iomanip>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <unistd.h>

namespace secureauth::cli {
namespace {

/// What the command line gave; one for both commands, living as long as the parser.
struct Arguments {
  std::string email;
  std::string name;
  std::string input;
  std::string output;
};

settings::Config settings_or_throw() {
  auto config = settings_as_they_are();
  if (!config) throw std::runtime_error("nothing was checked");
  return *std::move(config);
}

void check(CommandContext& context, const Arguments& arguments) {
  const auto config = settings_or_throw();
  passwords::HashingPool pool({.threads = 1});
  const passwords::CompromisedPasswords compromised(settings::password_files(config));
  const passwords::PasswordPolicy policy(pool, compromised, settings::password_rules(config));
  passwords::PasswordOwner owner{.email = arguments.email, .name = {}};
  if (!arguments.name.empty()) owner.name = arguments.name;

  auto password = read_new_password(isatty(STDIN_FILENO) == 0);
  const auto verdict = run_to_end(policy.check(std::move(password), std::move(owner)));
  if (verdict) {
    say(context, "accepted", {{"accepted", true}});
    return;
  }
  context.exit_code = kRefused;
  const auto refusal = verdict.error().fields.at(0);  // a pool of its own is never overloaded
  say(context, "refused (" + refusal.code + "): " + refusal.message,
      {{"accepted", false}, {"code", refusal.code}, {"message", refusal.message}});
}

/// Rewrites one line of a terminal; silent elsewhere.
void show_progress(std::uint64_t read, std::uint64_t size) {
  if (isatty(STDERR_FILENO) == 0) return;
  const auto percent = size == 0 ? 100 : 100 * read / size;
  std::cerr << "\rreading " << percent << " %" << (read == size ? "\n" : "") << std::flush;
}

void build(const CommandContext& context, const Arguments& arguments) {
  const auto built = passwords::build_breach_filter(arguments.input, arguments.output, &show_progress);
  std::ostringstream share;
  share << std::setprecision(2) << built.false_positives * 1e6;
  say(context,
      arguments.output + ": " + std::to_string(built.digests) + " digests in " + std::to_string(built.bytes) +
          " bytes; " + share.str() + " in a million other passwords are taken for breached",
      {{"file", arguments.output},
       {"digests", built.digests},
       {"bytes", built.bytes},
       {"false_positive_rate", built.false_positives}});
}

}  // namespace

void add_passwords(CLI::App& root, CommandContext& context) {
  auto* passwords = root.add_subcommand("passwords", "Try a password against the policy; prepare a breach corpus");
  passwords->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();

  auto* check_command = passwords->add_subcommand(
      "check", "Say whether a password would be accepted: the first line of standard input, or asked for");
  check_command->add_option("--email", arguments->email, "Address of the account it would be for");
  check_command->add_option("--name", arguments->name, "Name of the account it would be for");
  check_command->footer("Example: printf '%s' \"$PASSWORD\" | secureauth passwords check --email me@example.org");
  check_command->callback([&context, arguments] { run_command(context, [&] { check(context, *arguments); }); });

  auto* build_command = passwords->add_subcommand(
      "build-filter", "Make the small file for PASSWORD_BREACH_FILE from the public SHA-1 dump ordered by hash");
  build_command->add_option("INPUT", arguments->input, "The dump: a SHA-1 a line, with or without :COUNT")->required();
  build_command->add_option("OUTPUT", arguments->output, "The filter; appears when it is whole")->required();
  build_command->callback([&context, arguments] { run_command(context, [&] { build(context, *arguments); }); });
}

}  // namespace secureauth::cli
