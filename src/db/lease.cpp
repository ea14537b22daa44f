#include "db/lease.hpp"

namespace secureauth::db {
namespace {

// Of two at once, the later waits for the earlier's row lock and then finds it taken. An end further off than any hold
// can be was set by a clock that was wrong.
constexpr Statement kHold{R"sql(
  INSERT INTO leases (name, holder, held_until) VALUES ($1, $2, $4)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
   WHERE leases.held_until <= $3 OR leases.held_until > $5 OR leases.holder = excluded.holder
  RETURNING holder)sql"};

constexpr Statement kRelease{"DELETE FROM leases WHERE name = $1 AND holder = $2"};

}  // namespace

net::awaitable<bool> Lease::hold() {
  const auto now = clock_.now();
  Params params(name_, holder_, now, now + length_, now + 2 * length_);
  const auto held = co_await database_.execute(kHold, std::move(params));
  co_return !held.empty();
}

net::awaitable<void> Lease::release() {
  Params params(name_, holder_);
  co_await database_.execute(kRelease, std::move(params));
}

}  // namespace secureauth::db
