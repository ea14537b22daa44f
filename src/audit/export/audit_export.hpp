#pragma once

#include "audit/audit_log.hpp"
#include "audit/export/formats.hpp"
#include "audit/operator.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::audit {

/// Gives the audit log out, oldest first, sealed or not. Not one snapshot: it reads page after page, in bounded memory.
class AuditExport {
 public:
  struct Parts {
    db::Database& database;
    const AuditLog& audit;
  };
  struct Selection {
    Timestamp from;
    Timestamp to;                        ///< not itself
    std::vector<std::string> events;     ///< names, `PREFIX.*`, or `*`; empty: all
    std::optional<std::string> subject;  ///< a UUID
  };
  explicit AuditExport(Parts parts) : parts_(parts) {}

  /// Recorded in the audit log before the first entry is read. Returns how many there were. `write` gets a line
  /// without its break.
  net::awaitable<std::uint64_t> operator()(Selection selection, Format format, Reporter reporter, Operator by,
                                           std::function<void(const std::string& line)> write);

 private:
  net::awaitable<void> record(const Selection& selection, Format format, Operator by);
  net::awaitable<std::vector<RecordedEntry>> page(const Selection& selection, std::string after, std::string after_id);

  Parts parts_;
};

}  // namespace secureauth::audit
