#include "cli/after_restore.hpp"

#include "app/after_restore.hpp"
#include "cli/component_command.hpp"
#include "core/run_to_end.hpp"

#include <memory>
#include <string>

namespace secureauth::cli {
namespace {

struct Arguments {
  bool recovery_codes = false;
};

void make_safe(app::Components& components, const Arguments& arguments, const CommandContext& context) {
  const auto sessions = run_to_end(app::void_restored(components, arguments.recovery_codes));
  say(context,
      "ended " + std::to_string(sessions) +
          " sessions; mailed links, sign-ins and set-ups that were under way are void, and every browser is a "
          "stranger" +
          (arguments.recovery_codes ? ", and so is every recovery code" : ""),
      {{"sessions", sessions}, {"recovery_codes", arguments.recovery_codes}});
}

}  // namespace

void add_after_restore(CLI::App& root, CommandContext& context) {
  const auto arguments = std::make_shared<Arguments>();
  auto* command = add_component_command(
      root, context, "after-restore", "Void what a restored backup brought back to life; before the service starts",
      [&context, arguments](app::Components& components) { make_safe(components, *arguments, context); });
  command->add_flag("--recovery-codes", arguments->recovery_codes,
                    "void them, too: those that were used since the backup would work again");
  command->footer(
      "Ends every session, voids every mailed link, pending registration, sign-in and set-up, and forgets known and\n"
      "trusted browsers. Passwords, factors, roles and disabled accounts are as they were when the backup was made:\n"
      "docs/deployment.md says how to find what changed since. Redis is emptied apart from it (FLUSHDB).");
}

}  // namespace secureauth::cli
