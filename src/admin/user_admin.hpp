#pragma once

#include "accounts/email_address.hpp"
#include "accounts/user.hpp"
#include "audit/audit_log.hpp"
#include "core/net.hpp"
#include "passwords/password_hasher.hpp"
#include "passwords/password_policy.hpp"
#include "protection/password_guesses.hpp"
#include "sessions/sessions.hpp"

#include <optional>
#include <string>
#include <vector>

namespace secureauth::admin {

/// What an operator does to accounts; the command line's face today. Thread-safe.
class UserAdmin {
 public:
  struct Parts {
    db::Database& database;
    const passwords::PasswordPolicy& policy;
    passwords::PasswordHasher& hasher;
    sessions::Sessions& sessions;
    protection::PasswordGuesses& guesses;
    const audit::AuditLog& audit;
    const Clock& clock;
    crypto::Random& random;
  };
  explicit UserAdmin(Parts parts) : parts_(parts) {}

  struct NewUser {
    accounts::EmailAddress email;
    passwords::Password password;
    std::optional<std::string> name;
    accounts::Role role = accounts::Role::user;
    bool keeps_password = false;  ///< else the owner must set another one before the first sign-in (ASVS 6.4.1)
  };
  /// Makes a verified account. Fails with validation_failed (the password), conflict (the address is taken).
  net::awaitable<Result<accounts::User>> create(NewUser user);

  /// Fails with not_found.
  net::awaitable<Result<accounts::User>> find(accounts::EmailAddress email);

  /// At most `limit` accounts, oldest first, after `after` (empty: from the first).
  net::awaitable<std::vector<accounts::User>> page(UserId after, int limit);

  /// Both end the account's sessions in the same transaction, so that a new role starts with a new session id and a
  /// disabled account is out at once (ASVS 7.2.4, 7.4.2). Fail with not_found; conflict when they would leave no
  /// active admin.
  net::awaitable<Result<accounts::User>> set_role(accounts::EmailAddress email, accounts::Role role);
  net::awaitable<Result<accounts::User>> set_status(accounts::EmailAddress email, accounts::Status status);
  /// Nobody signs in before the owner has set another password by a mailed link; sessions end (ASVS 6.2.10). Fails
  /// with not_found.
  net::awaitable<Result<accounts::User>> demand_password_change(accounts::EmailAddress email);

  /// Wrong passwords that were given for the account are forgotten: it can be signed in to at once. Fails with
  /// not_found.
  net::awaitable<Result<accounts::User>> unlock(accounts::EmailAddress email);

 private:
  using Change = std::function<void(accounts::User&)>;
  net::awaitable<Result<accounts::User>> change(accounts::EmailAddress email, audit::Event event, Change apply);

  Parts parts_;
};

}  // namespace secureauth::admin
