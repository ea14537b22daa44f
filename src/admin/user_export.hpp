#pragma once

#include "admin/user_record.hpp"
#include "audit/audit_log.hpp"
#include "core/net.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace secureauth::admin {

/// Gives every account out as the lines that UserImport takes, password hashes included. Not one snapshot: it reads
/// page after page, so that an account made meanwhile may be missing.
class UserExport {
 public:
  struct Parts {
    db::Database& database;
    const audit::AuditLog& audit;
  };
  explicit UserExport(Parts parts) : parts_(parts) {}

  /// Recorded in the audit log before the first account is read. Returns how many there were.
  net::awaitable<std::uint64_t> operator()(std::function<void(const std::string& line)> write);

 private:
  Parts parts_;
};

}  // namespace secureauth::admin
