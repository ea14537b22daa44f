#pragma once

#include "core/error.hpp"
#include "core/net.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace secureauth::ephemeral {

/// The store could not be asked: nothing was carried out, nor will be.
class NotReached : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

/// What lives for minutes and may be lost with its store: budgets that guesses and requests are counted against, and
/// values that are taken once, such as challenges. Each call is one atomic step over all who share the store.
/// Thread-safe. Every function throws Unavailable: NotReached where it is certain that nothing was carried out.
class EphemeralStore {
 public:
  virtual ~EphemeralStore() = default;

  /// `limit` uses in a window that begins with the first of them.
  struct Budget {
    std::int64_t limit = 0;
    std::chrono::milliseconds window{};
    /// It keeps something from being used twice: never dropped before its time, and where there is no room for it, used
    /// up. Any other one would rather be forgotten than keep newcomers out.
    bool must_last = false;
  };
  /// What the caller remembers of a budget, and the store may have lost or never heard of.
  struct Known {
    std::int64_t used = 0;                    ///< in a window that has not ended; counts where the store knows of none
    std::int64_t unsaid = 0;                  ///< of these, uses that the store was not told of; always count
    std::chrono::milliseconds until_reset{};  ///< the end of that window
  };
  struct Spent {
    bool allowed = false;                   ///< false: the budget was used up before; this use was not counted
    std::int64_t used = 0;                  ///< in this window, this one included
    std::chrono::milliseconds until_reset;  ///< when the window ends and the budget is whole again
  };
  /// Counts one use.
  virtual net::awaitable<Spent> spend(std::string key, Budget budget, Known known) = 0;

  /// Takes back one use that came to nothing; where none is counted any more, nothing.
  virtual net::awaitable<void> give_back(std::string key) = 0;

  /// Makes a budget whole again, for as long as somebody may remember otherwise: `window`.
  virtual net::awaitable<void> forgive(std::string key, std::chrono::milliseconds window) = 0;

  /// `limit` uses at once, which come back one by one, evenly over `window`.
  struct Rate {
    std::string name;  ///< among those of its key
    std::int64_t limit = 0;
    std::chrono::milliseconds window{};
  };
  struct Paced {
    bool allowed = false;      ///< by every rate; false: this use was counted against none of them
    std::size_t tightest = 0;  ///< the rate that the rest speaks of: with the longest wait, or least left
    std::int64_t left = 0;     ///< uses that would be allowed now
    std::chrono::microseconds retry_after{};  ///< until one more use is allowed
    std::chrono::microseconds until_whole{};  ///< until `limit` uses are
  };
  /// Counts one use against every rate of one key, where all of them allow it. `rates` is not empty and outlives the
  /// call; each has a limit of at least one, and a window of at least a microsecond a use.
  virtual net::awaitable<Paced> pace(std::string key, std::span<const Rate> rates) = 0;

  /// Keeps a value for `life`, in place of what was there.
  virtual net::awaitable<void> put(std::string key, std::string value, std::chrono::milliseconds life) = 0;

  /// Takes the value out: of two at once, one gets it.
  virtual net::awaitable<std::optional<std::string>> take(std::string key) = 0;
};

}  // namespace secureauth::ephemeral
