#include "cli/routes.hpp"

#include "app/service.hpp"
#include "cli/settings.hpp"

namespace secureauth::cli {
namespace {

/// `POST /auth/login open, limit login`.
void print(const CommandContext& context, const http::Router::Line& line) {
  const auto limited = line.limit.empty() ? "" : ", limit " + line.limit;
  say(context, line.method + ' ' + line.pattern + ' ' + line.access + limited,
      {{"method", line.method}, {"path", line.pattern}, {"access", line.access}, {"limit", line.limit}});
}

}  // namespace

void add_routes(CLI::App& root, CommandContext& context) {
  auto* command = root.add_subcommand("routes", "List every route and what it asks of who calls");
  command->footer(
      "Of the settings in force: development has more routes than production.\n"
      "Access: open, or session and what it must have proven, its level, role, whether an account that must enrol\n"
      "a second factor first may call it, and the permission; see x-access in api/openapi.yaml. Limit: the rate\n"
      "limit that its requests count against, see RATE_LIMIT_REQUESTS and what follows it; \"default\" counts in each\n"
      "of them.");
  command->callback([&context] {
    run_command(context, [&context] {
      auto config = settings_as_they_are(context);
      if (!config) return;
      for (const auto& line : app::Service::list_routes(*std::move(config))) print(context, line);
    });
  });
}

}  // namespace secureauth::cli
