#include "cli/routes.hpp"

#include "app/service.hpp"
#include "cli/settings.hpp"

#include <string>

namespace secureauth::cli {
namespace {

/// `POST /auth/logout session any`: only the access has spaces in it.
void print(const CommandContext& context, const std::string& line) {
  const auto path = line.find(' ') + 1;
  const auto access = line.find(' ', path) + 1;
  say(context, line,
      {{"method", line.substr(0, path - 1)},
       {"path", line.substr(path, access - 1 - path)},
       {"access", line.substr(access)}});
}

}  // namespace

void add_routes(CLI::App& root, CommandContext& context) {
  auto* command = root.add_subcommand("routes", "List every route and what it asks of who calls");
  command->footer(
      "Of the settings in force: development has more routes than production.\n"
      "Access: open, or session and what it must have proven, its level, role, and whether an account that must\n"
      "enrol a second factor first may call it; see x-access in api/openapi.yaml.");
  command->callback([&context] {
    run_command(context, [&context] {
      auto input = app::process_settings();
      input.make_development_secrets = false;  // nothing is made on disk by looking
      auto outcome = app::load_settings(input);
      if (!complain_about(outcome)) {
        context.exit_code = kRefused;
        return;
      }
      for (const auto& line : app::Service::list_routes(std::move(outcome.config))) print(context, line);
    });
  });
}

}  // namespace secureauth::cli
