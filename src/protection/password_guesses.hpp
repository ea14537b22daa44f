#pragma once

#include "core/error.hpp"
#include "crypto/rotating_key.hpp"
#include "db/batches.hpp"
#include "ephemeral/ephemeral_store.hpp"
#include "protection/guess_standing.hpp"
#include "protection/password_guess_store.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::protection {

/// Bounds the guesses at a password: at sign-ins and inside sessions, over all addresses, browsers and instances. Each
/// is counted before it is looked at, so that parallel ones cannot outrun the count.
///
/// Two counts bound it. In the ephemeral store a window that begins with the first guess, for the account and for the
/// client's network; in the record store those in a row, which no restart forgets. From `in_window` in a row on each
/// further one has to wait, longer each time, and is reserved in the record store. Browsers that the account knows have
/// kForKnown in a row that nobody else can use up, with a window for each and one for all of them, so that strangers do
/// not lock out the owner; all others share the rest. Addresses without an account are counted alike. Thread-safe.
/// Source: NIST SP 800-63B-4 §3.2.2; OWASP ASVS 5.0 6.1.1, 6.3.1, 6.3.8; docs/adr/0017-lockout-of-passwords.md.
class PasswordGuesses {
 public:
  static constexpr std::int64_t kForKnown = 10;
  static constexpr std::chrono::hours kLongestWait{24};

  struct Options {
    std::int64_t in_window = 0;     ///< LOCKOUT_THRESHOLD
    std::chrono::seconds window{};  ///< LOCKOUT_WINDOW_SECONDS; the first wait, too
    std::int64_t in_a_row = 0;      ///< LOCKOUT_MAX_CONSECUTIVE: over all browsers and times; more than kForKnown
    std::int64_t of_network = 0;    ///< LOCKOUT_ADDRESS_THRESHOLD: of one network over all accounts; 0: not counted
  };
  struct Parts {
    db::Database& database;
    ephemeral::EphemeralStore& store;
    const Clock& clock;
  };
  PasswordGuesses(Parts parts, const crypto::RotatingKey& names_key, Options options);

  /// Of the canonical form of an address. Its key is one of the names' key, so that a copy of the database names
  /// nobody.
  [[nodiscard]] GuessSubject subject_of(std::string_view email_key) const;

  struct Guess {
    GuessSubject subject{};
    std::optional<std::string> known_browser = std::nullopt;  ///< its mark; nothing: the account does not know it
    std::string network;                                      ///< network_of() the client's address
  };
  struct Spent {
    /// account_locked or rate_limited, and the guess was not counted. A day of `retry_after` where no time helps: the
    /// share is good for nothing before a right password from a browser of the other one, a reset or an unlock.
    std::optional<Error> refusal = std::nullopt;
    Guess guess;
    FailedGuesses before;  ///< wrong ones in a row before this one
    /// How many in a row the record store counts with it, where it does so by now.
    std::optional<std::int64_t> reserved = std::nullopt;
    std::vector<Timestamp> ends = {};  ///< of the windows it was counted in
  };
  /// Counts a guess that is about to be looked at. `before` is what the record store says of it.
  net::awaitable<Spent> spend(Guess guess, FailedGuesses before);

  /// After a guess that was not looked at.
  net::awaitable<void> give_back(Spent spent);

  struct Failure {
    std::int64_t in_a_row = 0;  ///< of its share, this one included
    bool locks = false;         ///< none is looked at for a while, or ever
    bool is_news = false;       ///< it began the lock, or used up the share: the owner is to hear of it
  };
  /// After a wrong one; each locks at most once, whatever ran beside it. `tx` must outlive the call.
  net::awaitable<Failure> count_failure(db::Transaction& tx, Spent spent);

  /// After a right one, in the record store: its own share is whole again, and both are where the browser was unknown.
  /// What strangers failed stays where the owner comes by a known browser: that their lock opens would tell them that
  /// there is an owner (ASVS 6.3.8). Needs no answer. `tx` and `guess` must outlive the call.
  net::awaitable<void> forgive(db::Transaction& tx, const Guess& guess);
  /// The same in the ephemeral store, after the transaction. One round trip.
  net::awaitable<void> forgive_window(Spent spent);

  /// After another password was set, and by an operator: all is whole again, for every browser and on every instance.
  /// Needs no answer. `tx` must outlive the call.
  net::awaitable<void> unlock(db::Transaction& tx, GuessSubject subject);

  /// Of each share that has failures. `database` must outlive the call.
  net::awaitable<std::vector<GuessStanding>> standing(db::Executor& database, GuessSubject subject) const;
  /// The same of many, in few statements; those without failures are not there.
  net::awaitable<std::map<GuessSubject, std::vector<GuessStanding>>> standings(
      db::Executor& database, std::vector<GuessSubject> subjects) const;

  /// Of one share, by what was failed in it.
  [[nodiscard]] GuessStanding standing_of(bool known_browsers, const FailedGuesses::Share& share) const;

  /// Deletes what is whole, and addresses that did not lock and have been left alone for a year.
  net::awaitable<void> forget_old(const db::GoOn& go_on = db::kWithoutPause);

 private:
  [[nodiscard]] std::vector<GuessStanding> standing_of(const FailedGuesses& failed) const;
  [[nodiscard]] std::int64_t most_in_a_row(bool known_browser) const;
  /// The refusal by what was failed in a row.
  [[nodiscard]] std::optional<Error> waits(const Guess& guess, const FailedGuesses& before) const;
  [[nodiscard]] std::chrono::seconds wait_after(std::int64_t in_a_row) const;
  /// Whether a window alone would not bound the share: it forgets, and several may be open at once.
  [[nodiscard]] bool must_be_reserved(bool known_browser, const FailedGuesses::Share& share) const;
  struct Window {
    std::string key;
    std::int64_t limit = 0;
    ErrorCode whose{};  ///< the refusal: account_locked, or rate_limited of the network
  };
  [[nodiscard]] std::vector<Window> windows_of(const Spent& spent) const;
  net::awaitable<std::optional<std::int64_t>> reserve(const Spent& spent);
  net::awaitable<std::optional<Error>> spend_in_window(Spent& spent);
  net::awaitable<void> give_back_in_window(const Spent& spent);
  /// Nothing to a window that has ended: the next one, of the same key, did not count it.
  net::awaitable<void> give_back_to(std::string window, Timestamp end);

  Parts parts_;
  crypto::DerivedKeys names_;
  Options options_;
};

}  // namespace secureauth::protection
