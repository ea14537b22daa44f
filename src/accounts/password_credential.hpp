#pragma once

#include "accounts/user.hpp"
#include "core/net.hpp"
#include "db/database.hpp"
#include "protection/failed_guesses.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace secureauth::accounts {

/// A password that somebody chose: its hash, and whose it is.
struct PasswordCredential {
  User user;
  std::string email_key;  ///< canonical form of its address
  std::string password_hash;
  std::int64_t version = 0;          ///< users.password_version: another number is another password
  std::int64_t factors_version = 0;  ///< users.factors_version: with another number a factor has come or gone
};

/// What a password sign-in needs to know of an address: one statement.
struct PasswordCredentials {
  std::optional<PasswordCredential> account;
  std::optional<PasswordCredential> registration;  ///< the newest that waits for its link; `email_verified` is false
  protection::FailedGuesses failed;                ///< wrong passwords in a row for the address
};

/// `database` must outlive the call.
net::awaitable<PasswordCredentials> find_password_credentials(db::Executor& database, std::string email_key,
                                                              protection::GuessSubject subject, Timestamp now);

/// That of an account; nothing when it is gone. `database` must outlive the call.
net::awaitable<std::optional<PasswordCredential>> find_password_credential(db::Executor& database, UserId user);

/// Puts a new hash of the same password in the old one's place, unless it is gone by now. Needs no answer.
net::awaitable<void> replace_password_hash(db::Executor& database, UserId user, std::string old_hash,
                                           std::string new_hash);

/// How many passwords have a hash that is LIKE `pattern`, of accounts and of registrations that wait; reads all of
/// them. `database` must outlive the call.
net::awaitable<std::int64_t> count_password_hashes(db::Executor& database, std::string pattern);

/// Nobody signs in with this account before a reset has set another password. Needs no answer.
net::awaitable<void> demand_password_change(db::Executor& database, UserId user, PasswordMustChange reason);

}  // namespace secureauth::accounts
