#pragma once

#include "audit/audit_log.hpp"
#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::audit {

/// Refused requests that change nothing, on their way to being events `request.refused`. Those alike, of one reason,
/// route, network and account, are written one by one at first; how many more there were is written when their minute
/// ends. Where too many kinds come at once, or none can be written for long, they are counted together. No refusal is
/// left uncounted, and no flood makes more than kMostRows rows a minute, one transaction a second. Thread-safe.
class Refusals {
 public:
  static constexpr std::int64_t kOneByOne = 3;       ///< of those alike, in a minute
  static constexpr std::size_t kMostOneByOne = 100;  ///< of all, in a minute
  static constexpr std::size_t kMostKinds = 200;     ///< that are told apart at once
  static constexpr std::size_t kMostRows = kMostOneByOne + kMostKinds + 1;
  static constexpr std::chrono::minutes kWindow{1};

  explicit Refusals(const Clock& clock) : clock_(clock) {}

  struct Refused {
    std::string_view reason;  ///< the error's code
    std::string route;        ///< method and pattern
    std::string network;      ///< of the client: those of one are alike
    std::optional<UserId> actor = std::nullopt;
    std::optional<UserId> subject = std::nullopt;
    std::optional<SessionId> session = std::nullopt;
    std::string address = {};  ///< the digest of an e-mail address that the request named
    ClientInfo client;
  };
  /// Counts one. Costs an access to a table.
  void saw(Refused refused);

  /// Writes what is due, all of it or nothing; what was not written comes again. Throws db::DatabaseError. Both outlive
  /// the call, and calls come one after the other.
  net::awaitable<void> record(const AuditLog& log, db::Database& database);

  /// From now on everything is due: the service ends.
  void close();

 private:
  /// Refusals alike, of which the first stands for all.
  struct Kind {
    Refused first;
    std::int64_t count = 0;   ///< to be written together
    Timestamp first_at = {};  ///< of these
    Timestamp last_at = {};
    std::map<std::string, std::int64_t> reasons = {};  ///< of what is counted together though it is not alike
    Timestamp began = {};                              ///< its minute
    std::int64_t alone = 0;                            ///< of its minute, written or to be written one by one
  };
  class Taken;

  static std::string key_of(const Refused& refused);
  static void add(Kind& to, const Kind& more);
  static Entry entry_of(const Kind& kind);
  void count_among_others(const Kind& more);
  [[nodiscard]] bool is_over(const Kind& kind, Timestamp now) const;
  [[nodiscard]] std::vector<Kind> take_due();
  void take_back(const std::vector<Kind>& unwritten);

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Kind> kinds_;
  std::optional<Kind> others_;
  std::vector<Kind> alone_;  ///< due at once
  Timestamp minute_;
  std::size_t alone_in_minute_ = 0;
  bool closed_ = false;
};

}  // namespace secureauth::audit
