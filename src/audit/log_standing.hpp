#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <optional>
#include <string>

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

/// How many entries and heads a key of this id signed (AuditKeys::id_of); reads all of them. The same otherwise.
net::awaitable<std::int64_t> count_signed(db::Executor& database, std::string key_id);

}  // namespace secureauth::audit
