#pragma once

#include "audit/audit_log.hpp"
#include "core/net.hpp"
#include "db/database.hpp"
#include "protection/stuffing_watch.hpp"

namespace secureauth::app {

/// Records alarms that began or ended since the last call, all or none: what could not be recorded stays with the watch
/// and comes again. Throws db::DatabaseError. All of them outlive the call.
net::awaitable<void> record_alarms(protection::StuffingWatch& watch, const audit::AuditLog& log,
                                   db::Database& database);

}  // namespace secureauth::app
