#pragma once

#include "audit/audit_log.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <vector>

namespace secureauth::audit {

/// Records what changes nothing else in one transaction of its own: all entries, in their order, or none. Throws
/// db::DatabaseError. Both outlive the call.
net::awaitable<void> record_together(const AuditLog& log, db::Database& database, std::vector<Entry> entries);

}  // namespace secureauth::audit
