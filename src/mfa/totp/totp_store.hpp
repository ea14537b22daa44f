#pragma once

#include "core/id.hpp"
#include "db/batches.hpp"
#include "db/database.hpp"
#include "mfa/totp/totp.hpp"

#include <optional>
#include <vector>

/// The SQL of TOTP authenticators. Executors passed in must outlive the call. Secrets go in and out sealed.
namespace secureauth::mfa::totp_store {

struct Active {
  db::Bytes secret;
  TotpParameters parameters;
  TotpPosition position;
  Timestamp created_at;
  Timestamp last_used_at;
};

struct Pending {
  db::Bytes secret;
  TotpParameters parameters;
  Timestamp created_at;
  Timestamp expires_at;
};

net::awaitable<std::optional<Active>> find(db::Executor& database, UserId user);

/// Replaces the one that the account has, if any.
net::awaitable<void> put(db::Executor& database, UserId user, Active authenticator);

/// Moves the accepted time step forward: false when it stands there already or farther on. Of two equal codes at once,
/// on any instances, one gets true.
net::awaitable<bool> advance(db::Executor& database, UserId user, TotpPosition position, Timestamp now);

/// False when there was none.
net::awaitable<bool> erase(db::Executor& database, UserId user);

/// Unless it has expired.
net::awaitable<std::optional<Pending>> find_pending(db::Executor& database, UserId user, Timestamp now);

/// Replaces the one that waits, if any. Needs no answer.
net::awaitable<void> put_pending(db::Executor& database, UserId user, Pending enrolment);

/// Needs no answer.
net::awaitable<void> erase_pending(db::Executor& database, UserId user);

net::awaitable<void> forget_expired(db::Executor& database, Timestamp now, const db::GoOn& go_on = db::kWithoutPause);

/// Where sealed secrets lie.
enum class Shelf { authenticators, enrolments };

struct Sealed {
  UserId user;
  db::Bytes secret;
};

/// In the order of their users' ids, behind `after` (empty: from the first).
net::awaitable<std::vector<Sealed>> page(db::Executor& database, Shelf shelf, UserId after, int limit);

/// Puts the same secret back as it is sealed anew; false when another lies there by now.
net::awaitable<bool> replace(db::Executor& database, Shelf shelf, Sealed now, db::Bytes resealed);

}  // namespace secureauth::mfa::totp_store
