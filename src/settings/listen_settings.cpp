#include "settings/listen_settings.hpp"

#include "settings/setting_sources.hpp"
#include "settings/setting_values.hpp"
#include "settings/settings_table.hpp"

#include <algorithm>
#include <array>

namespace secureauth::settings {

SettingsOutcome load_listen_settings(const SettingsInput& input) {
  constexpr std::array<std::string_view, 3> kNames{"LISTEN_ADDRESS", "PORT", "PROXY_PROTOCOL"};
  SettingsOutcome outcome;
  std::vector<std::string> of_other_settings;
  const SettingSources sources(input, of_other_settings);
  for (const auto& row : settings_table()) {
    if (std::ranges::find(kNames, row.doc.name) == kNames.end()) continue;
    const std::string name(row.doc.name);
    try {
      const auto found = sources.find(name);
      row.apply(outcome.config, found ? found->value : std::string(row.doc.default_text));
    } catch (const BadValue& mistake) {
      outcome.mistakes.push_back(name + ' ' + mistake.what());
    }
  }
  return outcome;
}

}  // namespace secureauth::settings
