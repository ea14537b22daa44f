#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <optional>

namespace secureauth::audit {

/// How far the sealing of the log has come.
struct LogStanding {
  std::int64_t waiting = 0;                ///< entries that are not sealed yet, counted up to ten thousand
  std::optional<Timestamp> waiting_since;  ///< when the oldest of them was recorded
  std::uint64_t sealed = 0;                ///< entries that the newest head speaks of
  std::optional<Timestamp> sealed_at;      ///< that head; nothing: there is none
};
/// `database` must outlive the call. Throws db::DatabaseError.
net::awaitable<LogStanding> log_standing(db::Executor& database);

}  // namespace secureauth::audit
