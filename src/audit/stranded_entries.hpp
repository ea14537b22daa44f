#pragma once

#include "audit/audit_log.hpp"
#include "audit/entry_row.hpp"
#include "audit/operator.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace secureauth::audit {

/// Entries that wait to be sealed, under keys that are not in the settings: those of a start with a wrong AUDIT_KEY, or
/// made up by somebody. Nobody can vouch for them once that key is gone, and they wait for ever. For the command line;
/// needs a role that may delete from `audit_logs`.
class StrandedEntries {
 public:
  struct Parts {
    db::Database& database;
    const AuditKeys& keys;
    const AuditLog& audit;
    const Clock& clock;
  };
  explicit StrandedEntries(const Parts& parts) : parts_(parts) {}

  struct Done {
    std::uint64_t entries = 0;  ///< none: there are no such, and no file
    std::set<std::string> key_ids;
    std::string sha256;  ///< of the file, hexadecimal
  };
  /// Moves those older than an hour (another instance may know a younger one's key) into a new file, a line each as in
  /// a segment, and records audit.set_aside. Fails with conflict and a sentence: the file exists, or somebody sealed
  /// them meanwhile. `reason` goes into the log.
  net::awaitable<Result<Done>> set_aside(std::filesystem::path file, std::string reason, Operator by) const;

 private:
  struct Found;
  net::awaitable<Found> find() const;
  [[nodiscard]] bool is_stranded(const EntryRow& entry) const;
  net::awaitable<Result<void>> remove(const Found& found, Entry record) const;

  Parts parts_;
};

}  // namespace secureauth::audit
