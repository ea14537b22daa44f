#pragma once

#include "admin/user_directory.hpp"

#include <boost/json.hpp>

/// Accounts as operators see them: never a password, key, token or digest of one (ASVS 8.2.3).
namespace secureauth::admin {

[[nodiscard]] boost::json::object shown(const accounts::User& user);

/// The same, with `sessions`, `second_factors`, `passkeys`, `guesses`, `recent_events`.
[[nodiscard]] boost::json::object shown(const UserDirectory::Details& details);

}  // namespace secureauth::admin
