#pragma once

#include "core/net.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace secureauth::ephemeral {

/// What lives for minutes and may be lost with its store: budgets that guesses and requests are counted against, and
/// values that are taken once, such as challenges. Each call is one atomic step over all who share the store.
/// Thread-safe. Every function throws Unavailable.
class EphemeralStore {
 public:
  virtual ~EphemeralStore() = default;

  struct Spent {
    bool allowed = false;                   ///< false: the budget was used up before; nothing was counted
    std::int64_t used = 0;                  ///< in this window, this one included
    std::chrono::milliseconds until_reset;  ///< when the window ends and the budget is whole again
  };
  /// Counts one use against `limit` uses in a window that begins with its first use.
  virtual net::awaitable<Spent> spend(std::string key, std::int64_t limit, std::chrono::milliseconds window) = 0;

  /// Makes a budget whole again.
  virtual net::awaitable<void> forgive(std::string key) = 0;

  /// Keeps a value for `life`, in place of what was there.
  virtual net::awaitable<void> put(std::string key, std::string value, std::chrono::milliseconds life) = 0;

  /// Takes the value out: of two at once, one gets it.
  virtual net::awaitable<std::optional<std::string>> take(std::string key) = 0;
};

}  // namespace secureauth::ephemeral
