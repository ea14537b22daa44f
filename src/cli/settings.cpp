#include "cli/settings.hpp"

#include <iostream>

namespace secureauth::cli {

std::optional<app::Config> settings_or_complain() {
  auto outcome = app::load_settings(app::process_settings());
  for (const auto& warning : outcome.warnings) std::cerr << "secureauth: warning: " << warning << '\n';
  if (outcome.mistakes.empty()) return std::move(outcome.config);
  for (const auto& mistake : outcome.mistakes) std::cerr << "secureauth: " << mistake << '\n';
  return std::nullopt;
}

}  // namespace secureauth::cli
