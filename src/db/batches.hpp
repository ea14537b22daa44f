#pragma once

#include "db/database.hpp"

#include <cstdint>
#include <functional>

namespace secureauth::db {

/// Rows that one statement of housekeeping changes at most: its LIMIT. Locks are held for as long as that takes.
constexpr std::int64_t kBatch = 1000;

/// Asked between two statements; may wait. False: no more for now.
using GoOn = std::function<net::awaitable<bool>()>;

/// One statement behind the other.
inline const GoOn kWithoutPause;

/// Runs a statement until it changes fewer rows than kBatch, its LIMIT, which it takes as a parameter behind `params`;
/// or until `go_on` says no. An index must lead to the rows. Each is a transaction of its own: give it the database.
/// How many rows in all. All must outlive the call. Throws DatabaseError.
net::awaitable<std::size_t> in_batches(Executor& database, Statement statement, Params params, const GoOn& go_on);

/// What in_pages runs for each page: `last` gives the id that stands $2 rows behind the first one above $1; `change` is
/// about the ids above $1 and up to $2, and takes `params` from $3 on.
struct Paged {
  Statement last;
  Statement change;
};

/// The same where no index leads to the rows: looks through a table once, by its ids, kBatch of them at a time, so that
/// no statement reads all of it.
net::awaitable<std::size_t> in_pages(Executor& database, Paged statements, Params params, const GoOn& go_on);

/// Whether to go on.
net::awaitable<bool> may_go_on(const GoOn& go_on);

}  // namespace secureauth::db
