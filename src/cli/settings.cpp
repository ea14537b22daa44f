#include "cli/settings.hpp"

namespace secureauth::cli {
namespace {

std::optional<settings::Config> loaded(const settings::SettingsInput& input, CommandContext& context) {
  auto outcome = settings::load_settings(input);
  if (!complain_about(outcome, context)) return std::nullopt;
  return std::move(outcome.config);
}

}  // namespace

bool complain_about(const settings::SettingsOutcome& outcome, CommandContext& context) {
  for (const auto& warning : outcome.warnings) complain("warning: " + warning);
  for (const auto& mistake : outcome.mistakes) complain(mistake);
  if (outcome.mistakes.empty()) return true;
  context.exit_code = outcome.may_pass ? kRefused : kMisconfigured;
  return false;
}

std::optional<settings::Config> settings_or_complain(CommandContext& context) {
  return loaded(settings::process_settings(), context);
}

std::optional<settings::Config> settings_as_they_are(CommandContext& context) {
  auto input = settings::process_settings();
  input.make_development_secrets = false;
  return loaded(input, context);
}

}  // namespace secureauth::cli
