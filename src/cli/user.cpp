#include "cli/user.hpp"

#include "accounts/display_name.hpp"
#include "admin/views.hpp"
#include "cli/component_command.hpp"
#include "cli/password_input.hpp"
#include "cli/results.hpp"
#include "cli/user_changes.hpp"
#include "cli/user_export.hpp"
#include "cli/user_import.hpp"
#include "core/run_to_end.hpp"

#include <iostream>
#include <memory>
#include <string>

namespace secureauth::cli {
namespace {

using accounts::EmailAddress;
using accounts::User;

/// What the command line gave; one for all commands, living as long as the parser.
struct Arguments {
  std::string email;
  std::string name;
  std::string role = "user";
  bool verified = false;
  bool password_stdin = false;
  bool keep_password = false;
  std::string email_prefix;
  std::string only_role;
  std::string only_status;
};

std::string line_of(const User& user) {
  return user.email + "  " + std::string(to_text(user.role)) + "  " + std::string(to_text(user.status)) + "  " +
         user.id.text() + "  since " + to_rfc3339(user.created_at);
}

void print(const User& user, bool json) {
  std::cout << (json ? boost::json::serialize(admin::shown(user)) : line_of(user)) << '\n';
}

User create(app::Components& components, const Arguments& arguments) {
  auto email = value_or_throw(EmailAddress::parse(arguments.email));
  std::optional<std::string> name;
  if (!arguments.name.empty()) name = value_or_throw(accounts::parse_display_name(arguments.name));
  const auto role = accounts::role_from(arguments.role).value();  // the parser allowed nothing else
  auto password = read_new_password(arguments.password_stdin);
  admin::UserAdmin::NewUser made{std::move(email), std::move(password), std::move(name), role, arguments.keep_password};
  return value_or_throw(run_to_end(components.user_admin.create(std::move(made), admin::command_line_operator())));
}

void list(app::Components& components, const Arguments& arguments, bool json) {
  constexpr int kPage = 200;
  auto& directory = components.user_directory;
  const admin::UserFilter filter{.email_prefix = value_or_throw(EmailAddress::key_prefix(arguments.email_prefix)),
                                 .role = accounts::role_from(arguments.only_role),
                                 .status = accounts::known_status(arguments.only_status)};
  auto page = run_to_end(directory.list(filter, std::nullopt, kPage, admin::command_line_operator()));
  while (true) {
    for (const auto& user : page.users) print(user, json);
    if (!page.next) return;
    page = run_to_end(directory.further(filter, *page.next, kPage));
  }
}

void show(app::Components& components, const Arguments& arguments, bool json) {
  auto target = target_from(arguments.email);
  const auto found =
      value_or_throw(run_to_end(components.user_directory.view(std::move(target), admin::command_line_operator())));
  if (json) {
    std::cout << boost::json::serialize(admin::shown(found)) << '\n';
    return;
  }
  print(found.user, false);
  for (const auto& session : found.sessions) {
    std::cout << "  session  " << session.id.text() << "  " << session.ip << "  last used "
              << to_rfc3339(session.last_used_at) << '\n';
  }
  for (const auto factor : found.user.second_factors) std::cout << "  second factor  " << to_text(factor) << '\n';
  for (const auto& guesses : found.guesses) {
    std::cout << "  wrong guesses  " << to_text(guesses.authenticator) << "  " << guesses.failed_in_a_row << " in a row"
              << (guesses.locked ? ", locked" : "") << '\n';
  }
  for (const auto& event : found.recent_events) {
    std::cout << "  event  " << event.at << "  " << event.event << "  " << event.outcome << '\n';
  }
}

void add_create(CLI::App& user, CommandContext& context, const std::shared_ptr<Arguments>& arguments) {
  auto* command = add_component_command(user, context, "create", "Make an account",
                                        [&context, arguments](app::Components& components) {
                                          const auto made = create(components, *arguments);
                                          say(context, "created " + made.email, admin::shown(made));
                                        },
                                        {.beginning = Beginning::in_development});
  command->add_option("EMAIL", arguments->email, "The account's address")->required();
  command->add_option("--name", arguments->name, "What the person wants to be called");
  command->add_option("--role", arguments->role, "user, staff or admin")
      ->check(CLI::IsMember({"user", "staff", "admin"}));
  command
      ->add_flag("--verified", arguments->verified,
                 "The address is known to be the person's: an account made here has no mail to confirm")
      ->required()
      ->option_text("REQUIRED");  // which of a flag is not said by itself
  command->add_flag("--password-stdin", arguments->password_stdin,
                    "Read the password from the first line of standard input instead of asking");
  command->add_flag("--keep-password", arguments->keep_password,
                    "Let it be used as it is; else the owner sets another one by mail before the first sign-in");
  command->footer(
      "Example: printf '%s' \"$PASSWORD\" | secureauth user create me@example.org --role admin "
      "--verified --password-stdin\n"
      "The password is known to whoever made the account, so its owner has to replace it (a reset by mail).");
}

}  // namespace

void add_user(CLI::App& root, CommandContext& context) {
  auto* user = root.add_subcommand("user", "Make, show and change accounts");
  user->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();
  add_create(*user, context, arguments);

  auto* list_command = add_component_command(
      *user, context, "list", "Print accounts, by address",
      [&context, arguments](app::Components& components) { list(components, *arguments, context.json); });
  list_command->add_option("--email-prefix", arguments->email_prefix, "Only those whose address begins with it");
  list_command->add_option("--role", arguments->only_role, "Only those of this role")
      ->check(CLI::IsMember({"user", "staff", "admin"}));
  list_command->add_option("--status", arguments->only_status, "Only those that are active, or disabled")
      ->check(CLI::IsMember({"active", "disabled"}));

  auto* show_command = add_component_command(
      *user, context, "show", "Print one account with its sessions, factors and recent events",
      [&context, arguments](app::Components& components) { show(components, *arguments, context.json); });
  show_command->add_option("ACCOUNT", arguments->email, "Its address or id")->required();
  add_user_changes(*user, context);
  add_user_import(*user, context);
  add_user_export(*user, context);
}

}  // namespace secureauth::cli
