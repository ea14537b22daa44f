#include "cli/audit.hpp"

#include "cli/audit_list.hpp"

namespace secureauth::cli {

void add_audit(CLI::App& root, CommandContext& context) {
  auto* audit = root.add_subcommand("audit", "Read the audit log");
  audit->require_subcommand(1);
  add_audit_list(*audit, context);
}

}  // namespace secureauth::cli
