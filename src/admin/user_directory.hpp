#pragma once

#include "accounts/account_data.hpp"
#include "admin/operator.hpp"
#include "admin/target.hpp"
#include "admin/user_directory_store.hpp"
#include "audit/audit_log.hpp"
#include "audit/audit_search.hpp"
#include "protection/factor_guesses.hpp"
#include "protection/password_guesses.hpp"
#include "sessions/sessions.hpp"

#include <optional>
#include <string>
#include <vector>

namespace secureauth::admin {

/// What operators see of accounts, over HTTP and on the command line alike. Each look is recorded before anything
/// is given out (ASVS 8.4.2). Thread-safe.
class UserDirectory {
 public:
  static constexpr int kRecentEvents = 20;
  static constexpr int kMostSessions = 200;

  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    const protection::PasswordGuesses& password_guesses;
    const protection::FactorGuesses& factor_guesses;
    const accounts::AccountData& data;
    const audit::AuditLog& audit;
  };
  explicit UserDirectory(Parts parts) : parts_(parts) {}

  struct Page {
    std::vector<accounts::User> users;
    std::optional<std::string> next;  ///< give it as `after` for the page behind this one
  };
  /// Records that somebody lists accounts, then gives at most `limit` of them by address, behind `after` (nothing: from
  /// the first).
  net::awaitable<Page> list(UserFilter filter, std::optional<std::string> after, int limit, Operator by);
  /// A further page of what list() has recorded, for whoever takes all of them at once.
  net::awaitable<Page> further(UserFilter filter, std::string after, int limit);

  struct Details {
    accounts::User user;
    std::vector<sessions::ListedSession> sessions;    ///< live ones, newest first
    boost::json::object factors;                      ///< AccountData::factors
    std::vector<protection::GuessStanding> guesses;   ///< where there are failures
    std::vector<audit::RecordedEntry> recent_events;  ///< about the account, newest first
  };
  /// Fails with not_found.
  net::awaitable<Result<Details>> view(Target target, Operator by);

 private:
  Parts parts_;
};

}  // namespace secureauth::admin
