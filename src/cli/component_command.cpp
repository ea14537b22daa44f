#include "cli/component_command.hpp"

#include "audit/sealer.hpp"
#include "core/run_to_end.hpp"

#include <exception>
#include <string>

namespace secureauth::cli {

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

void with_components(CommandContext& context, const Action& action) {
  with_components(context, ActionBySettings([&action](app::Components& components, const settings::Config&) {
                    action(components);
                  }));
}

void with_components(CommandContext& context, const ActionBySettings& action, Needs needs) {
  const auto config = settings_or_complain(context, needs.beginning);
  if (!config) return;
  app::Components components(*config);
  components.prepare_schema(*config);
  if (needs.keys == KeysNeeded::all) components.check_audit_key();
  if (needs.keys != KeysNeeded::none) components.load_names_key();
  action(components, *config);
}

CLI::App* add_log_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                          Action action) {
  auto* command = parent.add_subcommand(name, help);
  command->callback([&context, action = std::move(action)] { with_components(context, action); });
  return command;
}

CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                Action action, Needs needs) {
  auto regardless = [action = std::move(action)](app::Components& components, const settings::Config&) {
    action(components);
  };
  return add_component_command(parent, context, name, help, ActionBySettings(std::move(regardless)), needs);
}

CLI::App* add_component_command(CLI::App& parent, CommandContext& context, const char* name, const char* help,
                                ActionBySettings action, Needs needs) {
  const ActionBySettings finishing = [action = std::move(action)](app::Components& components,
                                                                  const settings::Config& config) {
    action(components, config);
    seal_what_was_recorded(components);
    if (components.shared_sessions && components.shared_sessions->has_missed()) {
      complain("Redis could not be told: running instances may serve the ended sessions for up to 30 seconds");
    }
  };
  auto* command = parent.add_subcommand(name, help);
  command->callback([&context, finishing, needs] { with_components(context, finishing, needs); });
  return command;
}

}  // namespace secureauth::cli
