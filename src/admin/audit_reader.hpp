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

  enum class Extent { one_page, everything, live };
  /// Records that somebody is about to read what the filter lets through (ASVS 8.4.2): before the first page of it, for
  /// a stream or a list of all once, and so for each time that somebody follows it. `filter` must outlive the call.
  net::awaitable<void> begin(const audit::SearchFilter& filter, Extent extent, Operator by) const;

  /// audit::search.
  net::awaitable<audit::SearchPage> page(audit::SearchFilter filter, std::optional<audit::SearchPosition> after,
                                         int limit) const;

 private:
  Parts parts_;
};

}  // namespace secureauth::admin
