#pragma once

#include "core/id.hpp"
#include "ephemeral/ephemeral_store.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace secureauth::protection {

/// Bounds the guesses at a password by somebody who holds its owner's session. Each is counted before it is verified,
/// so that parallel ones cannot outrun the count. Thread-safe. Source: NIST SP 800-63B-4 §3.2.2.
class PasswordGuesses {
 public:
  explicit PasswordGuesses(ephemeral::EphemeralStore& store, ephemeral::EphemeralStore::Budget budget)
      : store_(store), budget_(budget) {}

  struct Spent {
    std::optional<Error> refusal;  ///< account_locked and when to come back
    bool is_news = false;          ///< the first refusal of this lock: one caller hears of it, who tells the owner
  };
  net::awaitable<Spent> spend(UserId user);

  /// After a guess that was not verified.
  net::awaitable<void> give_back(UserId user);

  /// After a right password, and after another one was set.
  net::awaitable<void> forgive(UserId user);

 private:
  ephemeral::EphemeralStore& store_;
  ephemeral::EphemeralStore::Budget budget_;
};

}  // namespace secureauth::protection
