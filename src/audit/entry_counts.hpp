#pragma once

#include "audit/audit_log.hpp"

namespace secureauth::audit {

/// Counts what an entry tells of, for the metrics: what is audited and what is counted cannot differ. Of a transaction
/// that is run again, or fails at its end, the entries are counted all the same.
void count(const Entry& entry);

}  // namespace secureauth::audit
