#pragma once

#include "accounts/user.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace secureauth::accounts {

/// The SQL of accounts beyond sign-up. Executors passed in must outlive the call.
namespace user_store {

/// False when the address has an account already.
net::awaitable<bool> insert(db::Executor& database, User user, std::string email_key, std::string password_hash);

net::awaitable<std::optional<User>> find(db::Executor& database, std::string email_key);

/// Accounts in the order of their ids, which is that of their making, after `after` (empty: from the first).
net::awaitable<std::vector<User>> page(db::Executor& database, UserId after, int limit);

net::awaitable<void> set_role(db::Executor& database, UserId id, Role role, Timestamp now);
net::awaitable<void> set_status(db::Executor& database, UserId id, Status status, Timestamp now);

/// Whether some other account is an active admin.
net::awaitable<bool> has_other_admin(db::Executor& database, UserId id);

}  // namespace user_store
}  // namespace secureauth::accounts
