#pragma once

#include "core/net.hpp"
#include "db/batches.hpp"
#include "db/database.hpp"
#include "protection/failed_guesses.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace secureauth::protection {

/// SQL of the wrong passwords in a row. Executors passed in must outlive the call.
namespace password_guess_store {

net::awaitable<FailedGuesses> find(db::Executor& database, GuessSubject subject);

/// Of those that have any, by 64 a statement.
net::awaitable<std::map<GuessSubject, FailedGuesses>> find_all(db::Executor& database,
                                                               std::vector<GuessSubject> subjects);

/// Counts a wrong guess; how many in a row of its share there are now.
net::awaitable<std::int64_t> count(db::Executor& database, GuessSubject subject, bool known_browser, Timestamp now);

/// Counts a guess that is about to be looked at as a wrong one, while there are fewer than `limit`: of several at once,
/// on all instances, as many as are left get it. How many in a row there are with it, or nothing.
net::awaitable<std::optional<std::int64_t>> reserve(db::Executor& database, GuessSubject subject, bool known_browser,
                                                    std::int64_t limit, Timestamp now);

/// Takes a reservation back: all is as it was `before`, unless another guess was counted since.
net::awaitable<void> give_back(db::Executor& database, GuessSubject subject, bool known_browser,
                               FailedGuesses::Share before);

/// After a right password: both shares are whole again, and counts elsewhere that were begun before are void. Needs no
/// answer.
net::awaitable<void> forgive(db::Executor& database, GuessSubject subject);

/// The same for the share of known browsers alone.
net::awaitable<void> forgive_known(db::Executor& database, GuessSubject subject);

/// The same for other reasons, whether or not there were failures. Needs no answer.
net::awaitable<void> unlock(db::Executor& database, GuessSubject subject, Timestamp now);

/// Deletes what is whole and has seen no failure since `whole_since`, and what stayed below `locks_at` and has seen
/// none since `idle_since`.
net::awaitable<void> forget_old(db::Executor& database, Timestamp whole_since, std::int64_t locks_at,
                                Timestamp idle_since, const db::GoOn& go_on = db::kWithoutPause);

}  // namespace password_guess_store

}  // namespace secureauth::protection
