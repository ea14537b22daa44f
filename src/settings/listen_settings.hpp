#pragma once

#include "settings/config.hpp"

namespace secureauth::settings {

/// Where the service of this machine listens and how it is spoken to (LISTEN_ADDRESS, PORT, PROXY_PROTOCOL), and
/// nothing else of the settings: no key is read or unwrapped and no rule is checked, so that a probe depends on none of
/// these and costs nothing. Mistakes are those of the three.
[[nodiscard]] SettingsOutcome load_listen_settings(const SettingsInput& input);

}  // namespace secureauth::settings
