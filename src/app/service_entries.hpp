#pragma once

#include "audit/audit_log.hpp"
#include "mail/given_up.hpp"

namespace secureauth::app {

/// That an instance began to serve, or ended in order: service_started or service_stopped.
[[nodiscard]] audit::Entry service_entry(audit::Event event);

/// Records that a mail was given up. `log` outlives what it makes.
[[nodiscard]] mail::OnGivenUp record_given_up(const audit::AuditLog& log);

}  // namespace secureauth::app
