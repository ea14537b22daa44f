#pragma once

#include "admin/operator.hpp"
#include "audit/audit_log.hpp"
#include "audit/audit_search.hpp"

#include <optional>

namespace secureauth::admin {

/// How operators read the audit log, over HTTP and on the command line alike. Thread-safe.
class AuditReader {
 public:
  struct Parts {
    db::Database& database;
    const audit::AuditLog& audit;
  };
  explicit AuditReader(Parts parts) : parts_(parts) {}

  enum class Extent { one_page, everything };
  /// Records that somebody is about to read what the filter lets through (ASVS 8.4.2): before the first page of it, for
  /// a list of all once. `filter` must outlive the call.
  net::awaitable<void> begin(const audit::SearchFilter& filter, Extent extent, Operator by) const;

  /// Numbers of entries.
  struct Past {
    std::int64_t from = 0;  ///< the first that is read
    std::int64_t end = 0;   ///< where the log ends
  };
  /// The same for each time that somebody follows the log, with what he is shown first: who names an entry that he has
  /// seen gets what came since, and that is no less an export than a list of it.
  net::awaitable<void> begin_live(const audit::SearchFilter& filter, Past past, Operator by) const;

  /// audit::search.
  net::awaitable<audit::SearchPage> page(audit::SearchFilter filter, std::optional<audit::SearchPosition> after,
                                         int limit) const;

 private:
  net::awaitable<void> record(const audit::SearchFilter& filter, boost::json::object details, Operator by) const;

  Parts parts_;
};

}  // namespace secureauth::admin
