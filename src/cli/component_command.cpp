#include "cli/component_command.hpp"

#include "cli/settings.hpp"

namespace secureauth::cli {

CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                std::function<void(app::Components&)> action) {
  auto* command = parent.add_subcommand(name, help);
  command->callback([&context, action = std::move(action)] {
    const auto config = settings_or_complain();
    if (!config) {
      context.exit_code = kRefused;
      return;
    }
    app::Components components(*config);
    components.prepare_schema(*config);
    action(components);
    if (components.shared_sessions && components.shared_sessions->has_missed()) {
      complain("Redis could not be told: running instances may serve the ended sessions for up to 30 seconds");
    }
  });
  return command;
}

}  // namespace secureauth::cli
