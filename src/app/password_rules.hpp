#pragma once

#include "app/config.hpp"
#include "passwords/password_policy.hpp"

namespace secureauth::app {

/// What the settings say about new passwords, for the service and for `secureauth passwords check` alike.
[[nodiscard]] passwords::CompromisedPasswords::Files password_files(const Config& config);
[[nodiscard]] passwords::PasswordPolicy::Options password_rules(const Config& config);

}  // namespace secureauth::app
