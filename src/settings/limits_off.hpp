#pragma once

#include "settings/config.hpp"

#include <string>

namespace secureauth::settings {

/// The settings that turn a protection off, a space between them; empty where none does. Somebody may have his limits
/// in front of the service, and somebody may have forgotten a test: in production the start tells.
[[nodiscard]] std::string limits_off(const Config& config);

}  // namespace secureauth::settings
