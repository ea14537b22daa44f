#pragma once

#include "accounts/account_deletion.hpp"
#include "accounts/password_reset.hpp"
#include "accounts/user.hpp"
#include "admin/operator.hpp"
#include "admin/permissions.hpp"
#include "admin/target.hpp"
#include "audit/audit_log.hpp"
#include "core/net.hpp"
#include "mfa/factor_reset.hpp"
#include "passwords/password_hasher.hpp"
#include "passwords/password_policy.hpp"
#include "protection/factor_guesses.hpp"
#include "protection/password_guesses.hpp"
#include "sessions/sessions.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace secureauth::admin {

/// What operators do to accounts, over HTTP and on the command line alike. Each is one transaction with its audit
/// entry, whose actor is the operator; what is refused is recorded too. It decides by roles as they are inside that
/// transaction, one administration after the other on all instances, so that of two admins who demote each other at
/// once one stays. Thread-safe.
/// Source: OWASP ASVS 5.0 7.4.2, 7.4.5, 8.3.2, 8.4.2; docs/adr/0021-roles-and-permissions.md.
class UserAdmin {
 public:
  struct Parts {
    db::Database& database;
    const passwords::PasswordPolicy& policy;
    passwords::PasswordHasher& hasher;
    sessions::Sessions& sessions;
    protection::PasswordGuesses& password_guesses;
    protection::FactorGuesses& factor_guesses;
    mfa::FactorReset& factor_reset;
    accounts::PasswordReset& password_reset;
    accounts::AccountDeletion& deletion;
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
  /// Makes a verified account; the command line's alone, for over HTTP nobody chooses another's password. Fails with
  /// validation_failed (the password), conflict (the address is taken).
  net::awaitable<Result<accounts::User>> create(NewUser user, Operator by);

  // All below give the account as it is afterwards. They fail with not_found; and with forbidden when the operator does
  // not hold the permission by now, or it is the operator's own account where that is said.

  struct Change {
    std::optional<accounts::Role> role = {};
    std::optional<accounts::Status> status = {};
  };
  /// What it is already stays unrecorded. Where something changes the account's sessions end, so that a new role starts
  /// with a new session and a disabled account is out at once (ASVS 7.2.4, 7.4.2). Not the own account. Fails with
  /// conflict when no active admin would be left.
  net::awaitable<Result<accounts::User>> change(Target target, Change change, Operator by);

  /// Nobody signs in before the owner has set another password by a mailed link; sessions end (ASVS 6.2.10).
  net::awaitable<Result<accounts::User>> demand_password_change(Target target, Operator by);

  /// Wrong passwords and codes that were given for the account are forgotten: it can be signed in to at once.
  net::awaitable<Result<accounts::User>> unlock(Target target, Operator by);

  /// Ends all sessions of the account (ASVS 7.4.5).
  net::awaitable<Result<accounts::User>> end_sessions(Target target, Operator by);
  /// Ends the sessions of everybody, a few hundred to a transaction; how many they were.
  net::awaitable<std::uint64_t> end_everybodys_sessions(Operator by);

  /// Takes all second factors away; the owner hears of it and must set up another before anything else (ASVS 6.4.4).
  /// Not the own account: its owner proves himself to somebody else.
  net::awaitable<Result<accounts::User>> reset_factors(Target target, Operator by);

  /// Mails the link by which the owner sets another password; the one that there is goes on working (ASVS 6.4.6). Fails
  /// with conflict for a disabled account, and rate_limited when its owner had all the mails of an hour.
  net::awaitable<Result<accounts::User>> send_reset(Target target, Operator by);

  /// Deletes the account with all that hangs on it; the owner hears of it. Not the own one: DELETE /auth/me. Fails with
  /// conflict for the last active admin.
  net::awaitable<Result<accounts::User>> erase(Target target, Operator by);

 private:
  /// What is done to one account, inside a transaction that may.
  struct Task {
    db::Transaction& tx;
    accounts::Account account;
    const Operator& by;
    sessions::Sessions::Ended& ended;
  };
  /// Leaves the account as it is afterwards in the task.
  using Work = std::function<net::awaitable<Result<void>>(Task&)>;
  enum class OwnAccount { may_be, must_not_be };
  struct Order {
    Permission permission{};
    OwnAccount own = OwnAccount::may_be;
    Work work;
  };
  struct Settled {
    accounts::User user;
    std::optional<Error> refusal;  ///< kept with its audit entry
  };

  net::awaitable<Result<accounts::User>> carry_out(Target target, Order order, Operator by);
  net::awaitable<Result<Settled>> settle(db::Transaction& tx, const Target& target, const Order& order,
                                         const Operator& by, sessions::Sessions::Ended& ended);
  net::awaitable<Result<void>> check_operator(db::Transaction& tx, const Operator& by, Permission permission) const;
  net::awaitable<Result<void>> change_inside(Task& task, Change change);
  net::awaitable<void> record(Task& task, audit::Event event, boost::json::object details) const;

  Parts parts_;
};

}  // namespace secureauth::admin
