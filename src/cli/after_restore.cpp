#include "cli/after_restore.hpp"

#include "accounts/one_time_token_store.hpp"
#include "accounts/registration_store.hpp"
#include "admin/command_line.hpp"
#include "cli/component_command.hpp"
#include "cli/results.hpp"
#include "core/run_to_end.hpp"
#include "login/challenge_store.hpp"
#include "mfa/recovery/recovery_store.hpp"
#include "mfa/totp/totp_store.hpp"

#include <memory>

namespace secureauth::cli {
namespace {

// A time by which everything that ever runs out has: what is pending in a backup, however long it would live, was
// perhaps used or taken back since.
constexpr auto kForAll = Timestamp(std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}.time_since_epoch());

struct Arguments {
  bool recovery_codes = false;
};

net::awaitable<void> forget_pending(app::Components& components, bool recovery_codes) {
  auto& database = *components.database;
  co_await accounts::one_time_token_store::forget_expired(database, kForAll);
  co_await accounts::registration_store::forget_expired(database, kForAll);
  co_await login::challenge_store::forget_expired(database, kForAll);
  co_await mfa::totp_store::forget_expired(database, kForAll);
  co_await mfa::PasskeyChallenges::forget_ending(database, kForAll);
  if (recovery_codes) co_await mfa::recovery_store::discard_all(database);
}

void make_safe(app::Components& components, const Arguments& arguments, const CommandContext& context) {
  // First what lets somebody in by itself.
  const auto sessions = run_to_end(components.user_admin.end_everybodys_sessions(admin::command_line_operator()));
  run_to_end(forget_pending(components, arguments.recovery_codes));
  say(context,
      "ended " + std::to_string(sessions) +
          " sessions; mailed links, sign-ins and set-ups that were under way are void" +
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
      "Ends every session and voids every mailed link, pending registration, sign-in and set-up. Passwords, factors,\n"
      "roles and disabled accounts are as they were when the backup was made: docs/deployment.md says how to find "
      "what\n"
      "changed since. Redis is emptied apart from it (FLUSHDB).");
}

}  // namespace secureauth::cli
