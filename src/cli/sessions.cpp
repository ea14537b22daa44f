#include "cli/sessions.hpp"

#include "admin/views.hpp"
#include "cli/component_command.hpp"
#include "cli/results.hpp"
#include "core/run_to_end.hpp"

#include <iostream>
#include <memory>
#include <string>

namespace secureauth::cli {
namespace {

/// What the command line gave; one for all commands, living as long as the parser.
struct Arguments {
  std::string account;
  bool all = false;
};

void list(app::Components& components, const Arguments& arguments, bool json) {
  auto target = target_from(arguments.account);
  const auto found =
      value_or_throw(run_to_end(components.user_directory.view(std::move(target), admin::command_line_operator())));
  const auto shown = admin::shown(found);
  for (const auto& session : shown.at("sessions").as_array()) {
    if (json) {
      std::cout << boost::json::serialize(session) << '\n';
      continue;
    }
    const auto text = [&session](std::string_view name) {
      const auto& value = session.at(name).as_string();
      return std::string_view(value.data(), value.size());
    };
    std::cout << text("id") << "  since " << text("created_at") << "  last used " << text("last_used_at") << "  "
              << text("ip") << "  " << text("user_agent") << '\n';
  }
}

void revoke(app::Components& components, const Arguments& arguments, const CommandContext& context) {
  if (arguments.all) {
    const auto count = run_to_end(components.user_admin.end_everybodys_sessions(admin::command_line_operator()));
    say(context, "ended " + std::to_string(count) + " sessions", {{"ended", count}});
    return;
  }
  auto target = target_from(arguments.account);
  const auto user =
      value_or_throw(run_to_end(components.user_admin.end_sessions(std::move(target), admin::command_line_operator())));
  say(context, user.email + " is signed out everywhere", admin::shown(user));
}

}  // namespace

void add_sessions(CLI::App& root, CommandContext& context) {
  auto* sessions = root.add_subcommand("sessions", "Show and end sessions");
  sessions->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();

  auto* list_command = add_component_command(
      *sessions, context, "list", "Print where an account is signed in",
      [&context, arguments](app::Components& components) { list(components, *arguments, context.json); });
  list_command->add_option("ACCOUNT", arguments->account, "Its address or id")->required();

  auto* revoke_command = add_component_command(
      *sessions, context, "revoke", "End all sessions of an account, or of everybody",
      [&context, arguments](app::Components& components) { revoke(components, *arguments, context); });
  auto* account = revoke_command->add_option("ACCOUNT", arguments->account, "Its address or id");
  auto* all = revoke_command->add_flag("--all", arguments->all, "Everybody's, instead")->excludes(account);
  revoke_command->parse_complete_callback([account, all] {
    if (account->empty() && all->empty()) throw CLI::RequiredError("ACCOUNT or --all");
  });
}

}  // namespace secureauth::cli
