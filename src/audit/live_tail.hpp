#pragma once

#include "audit/audit_keys.hpp"
#include "audit/recorded_entry.hpp"
#include "audit/signed_head.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::audit {

/// The sealed log as it grows, for everybody who follows it on this instance. It goes by entry numbers, not by ids or
/// times: an entry that another instance commits late has an older id, but always a greater number, so that each comes
/// once and none is passed over. However many follow it, the record store is asked once a second, and by nobody when
/// nobody follows; who lags further than what is kept reads for himself. Thread-safe.
class LiveTail {
 public:
  struct Parts {
    db::Database& database;
    const AuditKeys& keys;
    std::chrono::milliseconds look_every{1000};
  };
  explicit LiveTail(const Parts& parts)
      : database_(parts.database), verifier_(parts.keys), look_every_(parts.look_every) {}

  /// The number that the next entry will get. Throws db::DatabaseError, as the others do.
  net::awaitable<std::int64_t> end();

  /// The number behind the entry of this id; nothing where none of that id is in the log, or no longer.
  net::awaitable<std::optional<std::int64_t>> behind(std::string id);

  struct Line {
    std::int64_t number = 0;
    RecordedEntry entry;
    std::string json;  ///< as GET /admin/audit-logs shows it
  };
  struct Piece {
    std::vector<std::shared_ptr<const Line>> lines;
    std::int64_t next = 0;      ///< where to read on
    std::int64_t left_out = 0;  ///< entries between that are pruned, or not as they were sealed
  };
  static constexpr std::size_t kMostLines = 200;
  /// What there is from number `from` on, at most kMostLines; nothing yet: an empty piece.
  net::awaitable<Piece> read(std::int64_t from);

 private:
  using Lines = std::deque<std::shared_ptr<const Line>>;
  net::awaitable<void> look_if_due();
  net::awaitable<void> look(std::optional<std::int64_t> from);
  net::awaitable<Piece> read_for_one(std::int64_t from);
  [[nodiscard]] std::optional<Piece> read_kept(std::int64_t from) const;
  void keep(Piece piece);
  void start_over(std::int64_t end);

  db::Database& database_;
  HeadVerifier verifier_;
  std::chrono::milliseconds look_every_;
  mutable std::mutex mutex_;  ///< over what follows
  Lines kept_;                ///< by number
  std::int64_t kept_from_ = 0;
  std::optional<std::int64_t> end_;  ///< behind the newest that was looked at
  bool looking_ = false;
  std::chrono::steady_clock::time_point looked_at_;
};

}  // namespace secureauth::audit
