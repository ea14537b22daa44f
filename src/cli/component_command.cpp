#include "cli/component_command.hpp"

#include "audit/sealer.hpp"
#include "cli/settings.hpp"
#include "core/run_to_end.hpp"

#include <exception>
#include <string>

namespace secureauth::cli {
namespace {

/// What a command recorded is sealed at once: the service need not run. Where it cannot be, the service will.
void seal_what_was_recorded(app::Components& components) {
  audit::Sealer seal({.database = *components.database,
                      .keys = components.audit_keys,
                      .audit = components.audit,
                      .clock = components.clock});
  try {
    run_to_end(seal());
  } catch (const std::exception& error) {
    complain(std::string("done, but the audit log is not sealed: ") + error.what());
  }
}

}  // namespace

void with_components(CommandContext& context, const std::function<void(app::Components&)>& action) {
  const auto config = settings_or_complain();
  if (!config) {
    context.exit_code = kRefused;
    return;
  }
  app::Components components(*config);
  components.prepare_schema(*config);
  action(components);
}

CLI::App* add_log_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                          std::function<void(app::Components&)> action) {
  auto* command = parent.add_subcommand(name, help);
  command->callback([&context, action = std::move(action)] { with_components(context, action); });
  return command;
}

CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                std::function<void(app::Components&)> action) {
  auto finishing = [action = std::move(action)](app::Components& components) {
    action(components);
    seal_what_was_recorded(components);
    if (components.shared_sessions && components.shared_sessions->has_missed()) {
      complain("Redis could not be told: running instances may serve the ended sessions for up to 30 seconds");
    }
  };
  return add_log_command(parent, context, name, help, std::move(finishing));
}

}  // namespace secureauth::cli
