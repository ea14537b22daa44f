#pragma once

#include "audit/recorded_entry.hpp"
#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The SQL of what the audit log says of sign-ins; each goes by its index of migration 0009. Executors must outlive the
/// call.
namespace secureauth::admin::sign_in_event_store {

/// Entries by what became of sign-ins.
struct Counts {
  std::int64_t succeeded = 0;   ///< login.succeeded
  std::int64_t failed = 0;      ///< login.failed
  std::int64_t challenged = 0;  ///< login.challenged: a second factor was due
  std::int64_t locked = 0;      ///< account.locked
};
/// From then on and before `to`. Reads the index alone, an entry of it for each that is counted.
net::awaitable<Counts> count(db::Executor& database, Timestamp from, Timestamp to);

/// That somebody was locked out (account.locked), and whose account it is, if it is one still.
struct Lock {
  audit::RecordedEntry entry;
  std::optional<std::string> email;
  std::optional<std::string> email_key;
};
/// The position of a lock in the list.
struct Position {
  std::string at;
  std::string id;
};
/// At most `limit`, newest first, behind `after`.
net::awaitable<std::vector<Lock>> locks(db::Executor& database, std::optional<Position> after, int limit);

}  // namespace secureauth::admin::sign_in_event_store
