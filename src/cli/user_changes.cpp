#include "cli/user_changes.hpp"

#include "admin/views.hpp"
#include "cli/component_command.hpp"
#include "cli/results.hpp"
#include "core/run_to_end.hpp"

#include <memory>
#include <string>

namespace secureauth::cli {
namespace {

using accounts::Status;
using accounts::User;
using admin::UserAdmin;

/// What the command line gave; one for all commands, living as long as the parser.
struct Arguments {
  std::string account;
  std::string role;
};

struct Command {
  const char* name;
  const char* help;
  std::function<net::awaitable<Result<User>>(UserAdmin&, admin::Target)> deed;
  std::function<std::string(const User&)> told;
};

CLI::App* add_change(CLI::App& user, CommandContext& context, const std::shared_ptr<Arguments>& arguments,
                     Command command) {
  auto action = [&context, arguments, deed = std::move(command.deed),
                 told = std::move(command.told)](app::Components& components) {
    auto target = target_from(arguments->account);
    const auto changed = value_or_throw(run_to_end(deed(components.user_admin, std::move(target))));
    say(context, told(changed), admin::shown(changed));
  };
  auto* added = add_component_command(user, context, command.name, command.help, std::move(action));
  added->add_option("ACCOUNT", arguments->account, "Its address or id")->required();
  return added;
}

/// A use case that needs to know no more than whose account it is about.
auto simply(net::awaitable<Result<User>> (UserAdmin::*deed)(admin::Target, admin::Operator)) {
  return [deed](UserAdmin& admin, admin::Target target) {
    return (admin.*deed)(std::move(target), admin::command_line_operator());
  };
}

auto ending_in(std::string_view words) {
  return [words](const User& user) { return user.email + ' ' + std::string(words); };
}

void add_role_and_status(CLI::App& user, CommandContext& context, const std::shared_ptr<Arguments>& arguments) {
  auto* set_role = add_change(
      user, context, arguments,
      {"set-role", "Change an account's role; its sessions end",
       [arguments](UserAdmin& admin, admin::Target target) {
         const UserAdmin::Change change{.role = accounts::role_from(arguments->role)};  // the parser allows no other
         return admin.change(std::move(target), change, admin::command_line_operator());
       },
       [](const User& changed) { return changed.email + " is now " + std::string(to_text(changed.role)); }});
  set_role->add_option("ROLE", arguments->role, "user, staff or admin")
      ->required()
      ->check(CLI::IsMember({"user", "staff", "admin"}));

  for (const auto status : {Status::disabled, Status::active}) {
    const bool disable = status == Status::disabled;
    add_change(user, context, arguments,
               {disable ? "disable" : "enable",
                disable ? "Keep an account out; its sessions end at once" : "Let a disabled account sign in again",
                [status](UserAdmin& admin, admin::Target target) {
                  const UserAdmin::Change change{.status = status};
                  return admin.change(std::move(target), change, admin::command_line_operator());
                },
                ending_in(disable ? "is disabled" : "is enabled")});
  }
}

}  // namespace

void add_user_changes(CLI::App& user, CommandContext& context) {
  const auto arguments = std::make_shared<Arguments>();
  add_role_and_status(user, context, arguments);
  add_change(
      user, context, arguments,
      {"demand-password-change", "Let nobody sign in before the owner has set another password by mail; sessions end",
       simply(&UserAdmin::demand_password_change), ending_in("must set another password")});
  add_change(user, context, arguments,
             {"send-reset", "Mail the link by which the owner sets another password", simply(&UserAdmin::send_reset),
              ending_in("is sent a link")});
  add_change(user, context, arguments,
             {"unlock", "Forget the wrong passwords and codes that were given for an account",
              simply(&UserAdmin::unlock), ending_in("is unlocked")});
  add_change(
      user, context, arguments,
      {"reset-mfa", "Take all second factors away from whoever lost them; one must be set up at the next sign-in",
       simply(&UserAdmin::reset_factors), ending_in("must set up a second factor")});
  add_change(user, context, arguments,
             {"delete", "Delete an account with all that hangs on it; its owner is told by mail",
              simply(&UserAdmin::erase), ending_in("is deleted")});
}

}  // namespace secureauth::cli
