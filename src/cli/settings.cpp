#include "cli/settings.hpp"

#include "cli/command.hpp"

namespace secureauth::cli {

bool complain_about(const app::SettingsOutcome& outcome) {
  for (const auto& warning : outcome.warnings) complain("warning: " + warning);
  for (const auto& mistake : outcome.mistakes) complain(mistake);
  return outcome.mistakes.empty();
}

std::optional<app::Config> settings_or_complain() {
  auto outcome = app::load_settings(app::process_settings());
  if (!complain_about(outcome)) return std::nullopt;
  return std::move(outcome.config);
}

}  // namespace secureauth::cli
