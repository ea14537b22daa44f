#pragma once

#include "settings/config.hpp"

namespace secureauth::settings {

/// Reads what the settings name by a path and the service reads at its start: lists of passwords, mail templates,
/// certificates. Throws std::runtime_error with one line that says which cannot be used and why.
void check_named_files(const Config& config);

}  // namespace secureauth::settings
