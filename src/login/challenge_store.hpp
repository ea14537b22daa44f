#pragma once

#include "accounts/user.hpp"
#include "core/net.hpp"
#include "crypto/token.hpp"
#include "db/batches.hpp"
#include "db/database.hpp"
#include "sessions/pre_session.hpp"
#include "sessions/sessions.hpp"

#include <optional>
#include <string>

namespace secureauth::login {

/// Names a sign-in that waits for its second factor. Not a session, and worth nothing but that.
using ChallengeToken = crypto::Token<struct ChallengeTag>;

/// A challenge as it is presented: it is one only together with the browser that it was given to.
struct PresentedChallenge {
  crypto::Sha256 hash{};
  crypto::Sha256 browser{};
};

/// Whose sign-in a challenge stands for, and what was proven then.
struct Challenge {
  accounts::Account account;
  sessions::Proven proven;
};

/// The SQL of pending sign-ins. Executors passed in must outlive the call. One is void as soon as its account is not
/// active, must change its password, or has another password or other factors than then: no statement finds it.
namespace challenge_store {

/// Wrong codes that end a challenge (SECURITY.md, ASVS 6.6.3 by analogy). Guesses are counted for the account besides.
constexpr int kMostAttempts = 5;

struct New {
  PresentedChallenge id;
  UserId user;
  std::string methods;
  sessions::Proven proven;
  Timestamp created_at;
  Timestamp expires_at;
};
net::awaitable<void> insert(db::Executor& database, New challenge);

net::awaitable<std::optional<Challenge>> find(db::Executor& database, PresentedChallenge id, Timestamp now);

/// Counts an attempt; false when there is none left, or no challenge.
net::awaitable<bool> attempt(db::Executor& database, PresentedChallenge id, Timestamp now);

/// Takes the challenge out: of two at once, one gets it.
net::awaitable<bool> take(db::Executor& database, PresentedChallenge id, Timestamp now);

net::awaitable<void> forget_expired(db::Executor& database, Timestamp now, const db::GoOn& go_on = db::kWithoutPause);

}  // namespace challenge_store
}  // namespace secureauth::login
