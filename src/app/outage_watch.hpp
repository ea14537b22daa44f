#pragma once

#include "audit/audit_log.hpp"
#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::app {

/// Stores and servers that could not be used, on their way to being events: that one began as soon as the record store
/// takes it, and that it is over. Where TLS failed, somebody perhaps stands between: that is an event of its own, also
/// where an outage is found to be about it only later. On one thread, but for under_way().
class OutageWatch {
 public:
  explicit OutageWatch(const Clock& clock) : clock_(clock) {}

  /// `peer`: `record_store`, `redis` or `mail_server`. `cause` is for the log: the events do not repeat it.
  void fails(const std::string& peer, std::string_view cause);
  void works(const std::string& peer);

  struct UnderWay {
    std::string peer;
    Timestamp since;
  };
  /// Those that are not over. From any thread.
  [[nodiscard]] std::vector<UnderWay> under_way() const;

  /// Writes what is due, all or none; what was not written comes again. Throws db::DatabaseError.
  net::awaitable<void> record(const audit::AuditLog& log, db::Database& database);

 private:
  struct Outage {
    bool by_tls = false;
    Timestamp since;
    std::optional<Timestamp> until;
    bool told = false;  ///< that it began
  };
  static audit::Entry entry_of(const std::string& peer, const Outage& outage);

  const Clock& clock_;
  mutable std::mutex mutex_;  ///< held where outages_ is changed or read by others
  std::map<std::string, Outage> outages_;
};

}  // namespace secureauth::app
