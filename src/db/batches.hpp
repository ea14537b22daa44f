#pragma once

#include "db/database.hpp"

#include <functional>

namespace secureauth::db {

/// Rows that one statement of housekeeping changes at most: its LIMIT. Locks are held for as long as that takes.
constexpr std::size_t kBatch = 1000;

/// Asked between two statements; may wait. False: no more for now.
using GoOn = std::function<net::awaitable<bool>()>;

/// One statement behind the other.
inline const GoOn kWithoutPause;

/// Runs a statement that changes at most kBatch rows until it finds fewer, or `go_on` says no. Each is a transaction of
/// its own: give it the database. How many rows in all. All must outlive the call. Throws DatabaseError.
net::awaitable<std::size_t> in_batches(Executor& database, Statement statement, Params params, const GoOn& go_on);

/// Whether to go on.
net::awaitable<bool> may_go_on(const GoOn& go_on);

}  // namespace secureauth::db
