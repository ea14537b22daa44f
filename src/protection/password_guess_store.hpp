#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "crypto/digest.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <string_view>

namespace secureauth::protection {

/// Wrong passwords in a row: since the last right one, over all times and instances.
struct FailedGuesses {
  struct Share {
    std::int64_t in_a_row = 0;
    Timestamp last_failed_at;
    std::int64_t unlocked = 0;  ///< how often it was made whole: counts elsewhere that were begun before are void
  };
  Share known;    ///< from browsers that the account knows
  Share unknown;  ///< from all others

  [[nodiscard]] const Share& of(bool known_browser) const { return known_browser ? known : unknown; }
  [[nodiscard]] std::int64_t total() const { return known.in_a_row + unknown.in_a_row; }
  void set(std::string_view share, Share value) { (share == "known" ? known : unknown) = value; }
};

/// An address that passwords are guessed for, as a keyed digest: whether or not it has an account.
using GuessSubject = crypto::Sha256;

/// Their SQL. Executors passed in must outlive the call.
namespace password_guess_store {

net::awaitable<FailedGuesses> find(db::Executor& database, GuessSubject subject);

/// Counts a wrong guess; how many in a row of its share there are now.
net::awaitable<std::int64_t> count(db::Executor& database, GuessSubject subject, bool known_browser, Timestamp now);

/// Counts a guess that is about to be looked at as a wrong one, if `read` is still how many there are: of several at
/// once, on all instances, one gets it.
net::awaitable<bool> reserve(db::Executor& database, GuessSubject subject, bool known_browser, std::int64_t read,
                             Timestamp now);

/// Takes a reservation back: all is as it was `before`, unless another guess was counted since.
net::awaitable<void> give_back(db::Executor& database, GuessSubject subject, bool known_browser,
                               FailedGuesses::Share before);

/// After a right password: both shares are whole again, and counts elsewhere that were begun before are void. Needs no
/// answer.
net::awaitable<void> forgive(db::Executor& database, GuessSubject subject);

/// The same for other reasons, whether or not there were failures. Needs no answer.
net::awaitable<void> unlock(db::Executor& database, GuessSubject subject, Timestamp now);

/// Deletes what is whole and has seen no failure since `whole_since`, and what stayed below `locks_at` and has seen
/// none since `idle_since`.
net::awaitable<void> forget_old(db::Executor& database, Timestamp whole_since, std::int64_t locks_at,
                                Timestamp idle_since);

}  // namespace password_guess_store

}  // namespace secureauth::protection
