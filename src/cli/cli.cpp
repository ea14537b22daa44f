#include "cli/cli.hpp"

#include "cli/after_restore.hpp"
#include "cli/audit.hpp"
#include "cli/command.hpp"
#include "cli/config.hpp"
#include "cli/healthcheck.hpp"
#include "cli/keys.hpp"
#include "cli/mail.hpp"
#include "cli/migrate.hpp"
#include "cli/passwords.hpp"
#include "cli/routes.hpp"
#include "cli/serve.hpp"
#include "cli/sessions.hpp"
#include "cli/user.hpp"
#include "cli/webauthn.hpp"
#include "db/postgres/conninfo.hpp"
#include "process/memory_dumps.hpp"
#include "process/sandbox.hpp"

#include <CLI/CLI.hpp>
#include <sodium.h>

#include <exception>
#include <iostream>

namespace secureauth::cli {
namespace {

void add_version(CLI::App& root, CommandContext& context) {
  auto* command = root.add_subcommand("version", "Print the version");
  command->callback([&context] {
    std::cout << (context.json ? R"({"version":")" SECUREAUTH_VERSION "\"}\n" : "secureauth " SECUREAUTH_VERSION "\n");
  });
}

}  // namespace

int run(int argc, char** argv) {
  // Any command may read keys, in production too. Builds for sanitizers trace their own process.
  if (process::has_sandbox()) process::forbid_memory_dumps();
  db::postgres::forget_environment();
  if (sodium_init() < 0) {
    complain("the random generator cannot be used");
    return kRefused;
  }
  CLI::App root("SecureAuthService: who is this, and how sure are we?", "secureauth");
  root.require_subcommand(0, 1);
  root.fallthrough();
  CommandContext context;
  root.add_flag("--json", context.json, "Answer with one JSON object a line");
  add_serve(root, context);
  add_migrate(root, context);
  add_config(root, context);
  add_user(root, context);
  add_sessions(root, context);
  add_after_restore(root, context);
  add_audit(root, context);
  add_passwords(root, context);
  add_keys(root, context);
  add_webauthn(root, context);
  add_mail(root, context);
  add_routes(root, context);
  add_healthcheck(root, context);
  add_version(root, context);
  // After the commands, which would inherit it.
  root.footer(
      "Without a command it serves. What a command needs of the settings it reads where the service does:\n"
      "environment, then NAME_FILE, then .env in the working directory.\n"
      "Exit codes: 0 done, 1 refused or failed, 2 usage, 3 found something (audit verify), 78 mistakes in the "
      "settings.");

  try {
    root.parse(argc, argv);
    if (root.get_subcommands().empty()) serve(context);
  } catch (const CLI::ParseError& error) {
    return root.exit(error) == 0 ? 0 : kUsage;  // --help is a success
  } catch (const std::exception& error) {
    complain(error.what());
    return kRefused;
  }
  return context.exit_code;
}

}  // namespace secureauth::cli
