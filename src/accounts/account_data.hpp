#pragma once

#include "audit/audit_log.hpp"
#include "core/error.hpp"
#include "mail/outbox.hpp"
#include "sessions/session.hpp"

#include <boost/json.hpp>

#include <functional>

namespace secureauth::accounts {

/// Everything that is held about a person, for that person. Thread-safe. Source: GDPR Art. 15, 20.
class AccountData {
 public:
  /// Audit rows of one answer; beyond it the newest ones, and `truncated` says so.
  static constexpr int kMostEvents = 10'000;

  struct Parts {
    db::Database& database;
    const mail::Outbox& outbox;
    const audit::AuditLog& audit;
    std::function<net::awaitable<boost::json::array>(db::Executor&, UserId)> passkeys;  ///< mfa/ shows them
  };
  explicit AccountData(Parts parts) : parts_(parts) {}

  /// `{account, sessions, links, second_factors, passkeys, mails, events, …}`: never a password, code, key or digest of
  /// one. Fails with unauthenticated when the account is gone.
  net::awaitable<Result<boost::json::object>> of(sessions::SessionRef session, ClientInfo client);

  /// `{second_factors, passkeys}` of it.
  net::awaitable<boost::json::object> factors(UserId user) const;

 private:
  Parts parts_;
};

}  // namespace secureauth::accounts
