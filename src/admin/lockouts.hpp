#pragma once

#include "admin/operator.hpp"
#include "admin/sign_in_event_store.hpp"
#include "audit/audit_log.hpp"
#include "protection/factor_guesses.hpp"
#include "protection/password_guesses.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::admin {

/// Who was locked out for wrong passwords or codes, newest first, and whether he is still. Thread-safe.
class Lockouts {
 public:
  struct Parts {
    db::Database& database;
    const protection::PasswordGuesses& password_guesses;
    const protection::FactorGuesses& factor_guesses;
    const audit::AuditLog& audit;
  };
  explicit Lockouts(Parts parts) : parts_(parts) {}

  struct Lockout {
    sign_in_event_store::Lock lock;
    boost::json::object details;            ///< of the lock's entry
    bool locked = false;                    ///< the next guess of that kind is refused unseen
    std::optional<Timestamp> locked_until;  ///< nothing while locked: no time helps
  };
  struct Page {
    std::vector<Lockout> lockouts;
    std::optional<sign_in_event_store::Position> next;  ///< nothing: there are no more
  };
  /// Records that somebody looks, then gives at most `limit` behind `after` (nothing: from the newest). However many,
  /// it takes few statements.
  net::awaitable<Page> list(std::optional<sign_in_event_store::Position> after, int limit, Operator by);

 private:
  struct Owners {
    std::vector<protection::GuessSubject> subjects;
    std::vector<UserId> users;
  };
  struct Standings {
    std::map<protection::GuessSubject, std::vector<protection::GuessStanding>> passwords;
    std::map<UserId, std::vector<protection::GuessStanding>> codes;
  };
  [[nodiscard]] Owners owners_of(const std::vector<sign_in_event_store::Lock>& locks) const;
  [[nodiscard]] Lockout as_it_stands(sign_in_event_store::Lock lock, const Standings& standings) const;

  Parts parts_;
};

}  // namespace secureauth::admin
