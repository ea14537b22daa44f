#include "cli/user.hpp"

#include "accounts/display_name.hpp"
#include "admin/command_line.hpp"
#include "cli/component_command.hpp"
#include "cli/password_input.hpp"
#include "cli/user_export.hpp"
#include "cli/user_import.hpp"
#include "core/run_to_end.hpp"

#include <iostream>
#include <memory>
#include <string>

namespace secureauth::cli {
namespace {

using accounts::EmailAddress;
using accounts::Role;
using accounts::Status;
using accounts::User;

/// What the command line gave; one for all commands, living as long as the parser.
struct Arguments {
  std::string email;
  std::string name;
  std::string role = "user";
  bool verified = false;
  bool password_stdin = false;
  bool keep_password = false;
};

std::string explain(const Error& error) {
  if (!error.fields.empty()) return error.fields.front().message;
  return error.detail.empty() ? "refused" : error.detail;
}

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(explain(result.error()));
  return *std::move(result);
}

boost::json::array second_factors_of(const User& user) {
  boost::json::array names;
  for (const auto factor : user.second_factors) names.emplace_back(accounts::to_text(factor));
  return names;
}

boost::json::object as_json(const User& user) {
  return {{"id", user.id.text()},
          {"email", user.email},
          {"name", user.name ? boost::json::value(*user.name) : boost::json::value(nullptr)},
          {"role", accounts::to_text(user.role)},
          {"status", accounts::to_text(user.status)},
          {"password_must_change", user.password_must_change.has_value()},
          {"second_factors", second_factors_of(user)},
          {"must_enrol_factor", user.must_enrol_factor},
          {"created_at", to_rfc3339(user.created_at)}};
}

void print(const User& user, bool json) {
  if (json) {
    std::cout << boost::json::serialize(as_json(user)) << '\n';
  } else {
    std::cout << user.email << "  " << accounts::to_text(user.role) << "  " << accounts::to_text(user.status) << "  "
              << user.id.text() << "  since " << to_rfc3339(user.created_at) << '\n';
  }
}

User create(app::Components& components, const Arguments& arguments) {
  if (!arguments.verified) {
    throw std::runtime_error(
        "an account made here has no mail to confirm: add --verified if the address is known to be right");
  }
  auto email = value_or_throw(EmailAddress::parse(arguments.email));
  std::optional<std::string> name;
  if (!arguments.name.empty()) name = value_or_throw(accounts::parse_display_name(arguments.name));
  const auto role = accounts::role_from(arguments.role).value();  // the parser allowed nothing else
  auto password = read_new_password(arguments.password_stdin);
  return value_or_throw(run_to_end(components.user_admin.create(
      {std::move(email), std::move(password), std::move(name), role, arguments.keep_password})));
}

void list(app::Components& components, bool json) {
  constexpr int kPage = 200;
  UserId after;
  while (true) {
    const auto users = run_to_end(components.user_admin.page(after, kPage));
    for (const auto& user : users) print(user, json);
    if (users.size() < kPage) return;
    after = users.back().id;
  }
}

void add_email(CLI::App* command, Arguments& arguments) {
  command->add_option("EMAIL", arguments.email, "The account's address")->required();
}

void add_changes(CLI::App& user, CommandContext& context, const std::shared_ptr<Arguments>& arguments) {
  auto* set_role = add_component_command(
      user, context, "set-role", "Change an account's role; its sessions end",
      [&context, arguments](app::Components& components) {
        auto email = value_or_throw(EmailAddress::parse(arguments->email));
        const auto role = accounts::role_from(arguments->role).value();
        const auto changed = value_or_throw(run_to_end(components.user_admin.set_role(std::move(email), role)));
        say(context, changed.email + " is now " + arguments->role, as_json(changed));
      });
  add_email(set_role, *arguments);
  set_role->add_option("ROLE", arguments->role, "user, staff or admin")
      ->required()
      ->check(CLI::IsMember({"user", "staff", "admin"}));

  auto* demand = add_component_command(
      user, context, "demand-password-change",
      "Let nobody sign in before the owner has set another password by mail; sessions end",
      [&context, arguments](app::Components& components) {
        auto email = value_or_throw(EmailAddress::parse(arguments->email));
        const auto changed = value_or_throw(run_to_end(components.user_admin.demand_password_change(std::move(email))));
        say(context, changed.email + " must set another password", as_json(changed));
      });
  add_email(demand, *arguments);

  auto* unlock = add_component_command(
      user, context, "unlock", "Forget the wrong passwords that were given for an account",
      [&context, arguments](app::Components& components) {
        auto email = value_or_throw(EmailAddress::parse(arguments->email));
        const auto changed = value_or_throw(run_to_end(components.user_admin.unlock(std::move(email))));
        say(context, changed.email + " is unlocked", as_json(changed));
      });
  add_email(unlock, *arguments);

  auto* reset = add_component_command(
      user, context, "reset-mfa",
      "Take all second factors away from whoever lost them; one must be set up at the next sign-in",
      [&context, arguments](app::Components& components) {
        auto email = value_or_throw(EmailAddress::parse(arguments->email));
        const auto found = value_or_throw(run_to_end(components.user_admin.find(std::move(email))));
        const auto changed = value_or_throw(run_to_end(components.factor_reset(found.id, admin::command_line())));
        say(context, changed.email + " must set up a second factor", as_json(changed));
      });
  add_email(reset, *arguments);

  for (const auto status : {Status::disabled, Status::active}) {
    const bool disable = status == Status::disabled;
    auto* command = add_component_command(
        user, context, disable ? "disable" : "enable",
        disable ? "Keep an account out; its sessions end at once" : "Let a disabled account sign in again",
        [&context, arguments, status, disable](app::Components& components) {
          auto email = value_or_throw(EmailAddress::parse(arguments->email));
          const auto changed = value_or_throw(run_to_end(components.user_admin.set_status(std::move(email), status)));
          say(context, changed.email + (disable ? " is disabled" : " is enabled"), as_json(changed));
        });
    add_email(command, *arguments);
  }
}

}  // namespace

void add_user(CLI::App& root, CommandContext& context) {
  auto* user = root.add_subcommand("user", "Make, show and change accounts");
  user->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();

  auto* create_command = add_component_command(*user, context, "create", "Make an account",
                                               [&context, arguments](app::Components& components) {
                                                 const auto made = create(components, *arguments);
                                                 say(context, "created " + made.email, as_json(made));
                                               });
  add_email(create_command, *arguments);
  create_command->add_option("--name", arguments->name, "What the person wants to be called");
  create_command->add_option("--role", arguments->role, "user, staff or admin")
      ->check(CLI::IsMember({"user", "staff", "admin"}));
  create_command->add_flag("--verified", arguments->verified, "The address is known to be the person's");
  create_command->add_flag("--password-stdin", arguments->password_stdin,
                           "Read the password from the first line of standard input instead of asking");
  create_command->add_flag("--keep-password", arguments->keep_password,
                           "Let it be used as it is; else the owner sets another one by mail before the first sign-in");
  create_command->footer(
      "Example: printf '%s' \"$PASSWORD\" | secureauth user create me@example.org --role admin "
      "--verified --password-stdin\n"
      "The password is known to whoever made the account, so its owner has to replace it (a reset by mail).");

  add_component_command(*user, context, "list", "Print all accounts, oldest first",
                        [&context](app::Components& components) { list(components, context.json); });

  auto* show = add_component_command(
      *user, context, "show", "Print one account", [&context, arguments](app::Components& components) {
        auto email = value_or_throw(EmailAddress::parse(arguments->email));
        print(value_or_throw(run_to_end(components.user_admin.find(std::move(email)))), context.json);
      });
  add_email(show, *arguments);
  add_changes(*user, context, arguments);
  add_user_import(*user, context);
  add_user_export(*user, context);
}

}  // namespace secureauth::cli
