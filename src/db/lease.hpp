#pragma once

#include "core/clock.hpp"
#include "db/database.hpp"

#include <chrono>
#include <string>

namespace secureauth::db {

/// What one process at a time may do, of all that share the record store. Whoever ends without a word holds it for no
/// longer than it said. All must outlive it.
class Lease {
 public:
  /// `holder` is this process's own; `length` is for how long a hold is good, far above what clocks differ by.
  Lease(Executor& database, const Clock& clock, std::string name, std::string holder, std::chrono::seconds length)
      : database_(database), clock_(clock), name_(std::move(name)), holder_(std::move(holder)), length_(length) {}

  /// Takes it, or holds it for longer. False: another one holds it. Throws DatabaseError.
  net::awaitable<bool> hold();

  /// Lets go of it at once, if it is held. Throws DatabaseError.
  net::awaitable<void> release();

 private:
  Executor& database_;
  const Clock& clock_;
  std::string name_;
  std::string holder_;
  std::chrono::seconds length_;
};

}  // namespace secureauth::db
