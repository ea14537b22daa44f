#pragma once

#include "accounts/user.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>

namespace secureauth::accounts {

/// The SQL of accounts beyond sign-up. Executors passed in must outlive the call.
namespace user_store {

/// False when the address has an account already.
net::awaitable<bool> insert(db::Executor& database, User user, std::string email_key, std::string password_hash);

net::awaitable<std::optional<User>> find(db::Executor& database, std::string email_key);

net::awaitable<std::optional<Account>> find_by_id(db::Executor& database, UserId id);

net::awaitable<void> set_role(db::Executor& database, UserId id, Role role, Timestamp now);
net::awaitable<void> set_status(db::Executor& database, UserId id, Status status, Timestamp now);

/// Whether anybody has an account.
net::awaitable<bool> has_any(db::Executor& database);

/// Whether some other account is an active admin.
net::awaitable<bool> has_other_admin(db::Executor& database, UserId id);

/// Sets another password, whose owner gave the old one; false when the account is gone or disabled, or when only a
/// reset may set one (password_must_change).
net::awaitable<bool> set_password(db::Executor& database, UserId id, std::string hash, Timestamp now);

/// Sets a password by the mailbox alone. Where nobody had proven it, what a first registrant chose goes with the old
/// password. False when the account is gone or disabled.
net::awaitable<bool> reset_password(db::Executor& database, UserId id, std::string hash, Timestamp now);

/// Moves an active account from one address to another, proven one; false when it does not have the first.
/// Throws db::ConstraintViolation when somebody else has the other.
net::awaitable<bool> set_email(db::Executor& database, UserId id, std::string old_key, std::string email,
                               std::string email_key, Timestamp now);

net::awaitable<void> set_name(db::Executor& database, UserId id, std::optional<std::string> name, Timestamp now);

/// Deletes the account, its sessions and its one-time tokens.
net::awaitable<void> erase(db::Executor& database, UserId id);

}  // namespace user_store
}  // namespace secureauth::accounts
