#include "cli/settings.hpp"

#include "cli/command.hpp"

namespace secureauth::cli {

bool complain_about(const settings::SettingsOutcome& outcome) {
  for (const auto& warning : outcome.warnings) complain("warning: " + warning);
  for (const auto& mistake : outcome.mistakes) complain(mistake);
  return outcome.mistakes.empty();
}

std::optional<settings::Config> settings_or_complain() {
  auto outcome = settings::load_settings(settings::process_settings());
  if (!complain_about(outcome)) return std::nullopt;
  return std::move(outcome.config);
}

}  // namespace secureauth::cli
