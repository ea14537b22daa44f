#include "cli/audit.hpp"

#include "cli/audit_deliveries.hpp"
#include "cli/audit_export.hpp"

namespace secureauth::cli {

void add_audit(CLI::App& root, CommandContext& context) {
  auto* audit = root.add_subcommand("audit", "Look at the log of security events and at where it is sent");
  audit->require_subcommand(1);
  add_audit_export(*audit, context);
  add_audit_deliveries(*audit, context);
}

}  // namespace secureauth::cli
