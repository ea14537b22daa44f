#pragma once

#include "passwords/password_policy.hpp"
#include "settings/config.hpp"

namespace secureauth::settings {

/// What the settings say about new passwords, for the service and for `secureauth passwords check` alike.
[[nodiscard]] passwords::CompromisedPasswords::Files password_files(const Config& config);
[[nodiscard]] passwords::PasswordPolicy::Options password_rules(const Config& config);

}  // namespace secureauth::settings
