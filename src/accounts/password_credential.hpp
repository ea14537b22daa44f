#pragma once

#include "accounts/user.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>

namespace secureauth::accounts {

/// What a password sign-in needs to know of an address: one row, one statement.
struct PasswordCredential {
  User user;                  ///< `email_verified` is false for a registration that waits for its link
  std::string password_hash;  ///< PHC string
};

/// The account of an address, else its newest live registration, else nothing. `database` must outlive the call.
net::awaitable<std::optional<PasswordCredential>> find_password_credential(db::Executor& database,
                                                                           std::string email_key, Timestamp now);

}  // namespace secureauth::accounts
