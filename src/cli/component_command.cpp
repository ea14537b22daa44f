#include "cli/component_command.hpp"

#include "cli/settings.hpp"

namespace secureauth::cli {

void with_components(CommandContext& context, const std::function<void(app::Components&, const app::Config&)>& action) {
  const auto config = settings_or_complain();
  if (!config) {
    context.exit_code = kRefused;
    return;
  }
  app::Components components(*config);
  components.prepare_schema(*config);
  action(components, *config);
  if (components.shared_sessions && components.shared_sessions->has_missed()) {
    complain("Redis could not be told: running instances may serve the ended sessions for up to 30 seconds");
  }
}

CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                std::function<void(app::Components&)> action) {
  auto* command = parent.add_subcommand(name, help);
  command->callback([&context, action = std::move(action)] {
    with_components(context, [&action](app::Components& components, const app::Config&) { action(components); });
  });
  return command;
}

CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                std::function<void(app::Components&, const app::Config&)> action) {
  auto* command = parent.add_subcommand(name, help);
  command->callback([&context, action = std::move(action)] { with_components(context, action); });
  return command;
}

}  // namespace secureauth::cli
