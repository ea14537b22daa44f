#pragma once

#include "accounts/user.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/net.hpp"
#include "db/database.hpp"
#include "protection/guess_standing.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace secureauth::protection {

/// Bounds the guesses at a second factor, over all challenges, sessions and instances. Each is counted before it is
/// looked at, so that parallel ones cannot outrun the count, and each authenticator has a count of its own, which a
/// right password does not touch. It is in the record store, for no restart may forget it. Thread-safe.
///
/// Browsers that the account knows share kForKnown guesses in a row that nobody else can use up, so that strangers do
/// not lock out the owner; all others have the rest.
/// Source: NIST SP 800-63B-4 §3.2.2; OWASP ASVS 5.0 6.1.1.
class FactorGuesses {
 public:
  static constexpr std::int64_t kForKnown = 10;

  struct Options {
    std::int64_t in_window = 0;     ///< LOCKOUT_THRESHOLD: wrong ones in a window that begins with the first of them
    std::chrono::seconds window{};  ///< LOCKOUT_WINDOW_SECONDS
    std::int64_t in_a_row = 0;      ///< LOCKOUT_MAX_CONSECUTIVE: over all browsers and times; more than kForKnown
  };
  FactorGuesses(const Clock& clock, Options options) : clock_(clock), options_(options) {}

  struct Guess {
    UserId user;
    accounts::Factor authenticator{};
    bool known_browser = false;
  };
  struct Spent {
    /// account_locked, and the guess was not counted. A day of `retry_after` where no time helps: the authenticator is
    /// good for nothing before a right code from a browser of the other share, or another authenticator in its place.
    std::optional<Error> refusal;
    bool last = false;               ///< none is left after this one
    std::int64_t failed_before = 0;  ///< wrong ones in a row before this one, all browsers together
  };

  /// Counts a guess that is about to be looked at. `tx` outlives the call and has named the user's serial_subject:
  /// guesses at one account are counted one after the other.
  net::awaitable<Spent> spend(db::Transaction& tx, Guess guess);

  /// After a guess that was not looked at. Needs no answer.
  net::awaitable<void> give_back(db::Transaction& tx, Guess guess);

  /// After a right code, and where another authenticator took the place of this one: both shares are whole again.
  /// Needs no answer.
  net::awaitable<void> forgive(db::Transaction& tx, UserId user, accounts::Factor authenticator);

  /// Of each authenticator and share that has failures. `database` must outlive the call.
  net::awaitable<std::vector<GuessStanding>> standing(db::Executor& database, UserId user) const;
  /// The same of many, by 64 a statement; those without failures are not there.
  net::awaitable<std::map<UserId, std::vector<GuessStanding>>> standings(db::Executor& database,
                                                                         std::vector<UserId> users) const;

 private:
  [[nodiscard]] GuessStanding standing_in(const db::Row& row) const;
  [[nodiscard]] std::int64_t most_in_a_row(bool known_browser) const;
  [[nodiscard]] std::int64_t most_in_window(bool known_browser) const;

  const Clock& clock_;
  const Options options_;
};

}  // namespace secureauth::protection
