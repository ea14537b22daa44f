#pragma once

#include "audit/audit_log.hpp"
#include "audit/operator.hpp"
#include "audit/push/cursor_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::audit {

/// What operators see and change of the delivery of audit events. Executors must outlive the call.
class Deliveries {
 public:
  using Standing = cursor_store::Standing;
  Deliveries(db::Database& database, const AuditLog& audit, const Clock& clock)
      : database_(database), audit_(audit), clock_(clock) {}

  net::awaitable<std::vector<Standing>> all() { return cursor_store::all(database_); }

  /// Lets a receiver go on from `entry`, or from what comes next where none is given. Fails with not_found for a
  /// receiver that nobody delivers to, with conflict for an entry that there is not yet. Returns the entry.
  net::awaitable<Result<std::int64_t>> move(std::string sink, std::optional<std::int64_t> entry, Operator by);

  /// Drops the cursor of a receiver that is in nobody's settings any more: it holds up no pruning from here. Fails with
  /// not_found.
  net::awaitable<Result<void>> forget(std::string sink, Operator by);

 private:
  net::awaitable<void> record(db::Transaction& tx, const std::string& sink, boost::json::value entry,
                              const Operator& by);

  db::Database& database_;
  const AuditLog& audit_;
  const Clock& clock_;
};

}  // namespace secureauth::audit
