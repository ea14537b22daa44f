#pragma once

#include "core/id.hpp"
#include "ephemeral/ephemeral_store.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace secureauth::protection {

/// Bounds the guesses at a password by somebody who holds its owner's session. Each is counted before it is verified,
/// so that parallel ones cannot outrun the count. Thread-safe. Source: NIST SP 800-63B-4 §3.2.2.
class PasswordGuesses {
 public:
  explicit PasswordGuesses(ephemeral::EphemeralStore& store, ephemeral::EphemeralStore::Budget budget)
      : store_(store), budget_(budget) {}

  /// Fails with account_locked and when to come back.
  net::awaitable<Result<void>> spend(UserId user);

  /// After a right password.
  net::awaitable<void> forgive(UserId user);

 private:
  ephemeral::EphemeralStore& store_;
  ephemeral::EphemeralStore::Budget budget_;
};

}  // namespace secureauth::protection
