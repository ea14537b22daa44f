#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The SQL of how far each receiver of audit events has got, and of who delivers to it. Executors must outlive the
/// call.
namespace secureauth::audit::cursor_store {

struct Standing {
  std::string sink;
  std::int64_t next_entry = 0;  ///< number of the first entry that it has not confirmed
  std::optional<std::string> holder;
  std::optional<Timestamp> held_until;
  std::int64_t failures = 0;  ///< in a row
  std::optional<std::string> last_error;
  Timestamp updated_at;
  std::int64_t sealed = 0;  ///< entries that there are

  /// Entries that it has yet to confirm.
  [[nodiscard]] std::int64_t lag() const { return sealed > next_entry ? sealed - next_entry : 0; }
  [[nodiscard]] bool fails() const { return failures > 0; }
  /// Whether somebody delivers, or a failure is waited out.
  [[nodiscard]] bool is_held(Timestamp now) const;
};

/// No lease and no pause after a failure is longer. What ends later was written by a clock that is ahead, and is not
/// believed: else a receiver would be without events until then.
constexpr auto kLongestHold = std::chrono::hours(2);

/// A read, so that an idle service takes no write lock.
net::awaitable<std::optional<Standing>> find(db::Executor& database, std::string sink);
/// By name.
net::awaitable<std::vector<Standing>> all(db::Executor& database);

/// Makes the cursor of a receiver that has none; one that there is stays as it is.
net::awaitable<void> begin(db::Executor& database, std::string sink, std::int64_t next_entry, Timestamp now);

/// What was taken with a lease: nobody else delivers until it ends.
struct Held {
  std::int64_t next_entry = 0;
  std::int64_t failures = 0;
};
/// Takes the lease, or one's own again: one statement, so that of two at once one gets it. Nothing where another holds
/// it still.
net::awaitable<std::optional<Held>> hold(db::Executor& database, std::string sink, std::string holder, Timestamp now,
                                         Timestamp until);

/// Moves the cursor on. False, and nothing moved, where the lease is another's by now or an operator moved the cursor.
net::awaitable<bool> advance(db::Executor& database, std::string sink, std::string holder, std::int64_t from,
                             std::int64_t to, Timestamp now);

/// Notes a failure and gives the lease up; nobody tries before `until`, but where an operator moves the cursor.
net::awaitable<void> fail(db::Executor& database, std::string sink, std::string holder, std::string why, Timestamp now,
                          Timestamp until);

/// Gives the lease back.
net::awaitable<void> release(db::Executor& database, std::string sink, std::string holder);

/// By an operator: whoever delivers now no longer may, and everything goes on from there. False where there is no such
/// receiver.
net::awaitable<bool> move(db::Executor& database, std::string sink, std::int64_t next_entry, Timestamp now);

/// By an operator, of a receiver that there is no more. False where there is none.
net::awaitable<bool> forget(db::Executor& database, std::string sink);

}  // namespace secureauth::audit::cursor_store
