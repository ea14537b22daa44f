#pragma once

#include "audit/audit_keys.hpp"
#include "audit/recorded_entry.hpp"
#include "audit/signed_head.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <algorithm>
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
/// nobody follows, who leaves no entries in memory either. Who lags further than what is kept reads for himself, but
/// never more than the newest `most_behind`: the past is what GET /admin/audit-logs is for. Thread-safe.
class LiveTail {
 public:
  struct Parts {
    db::Database& database;
    const AuditKeys& keys;
    std::chrono::milliseconds look_every{1000};
    std::int64_t most_behind = 4096;  ///< entries: a few MiB
  };
  explicit LiveTail(const Parts& parts)
      : database_(parts.database),
        verifier_(parts.keys),
        look_every_(parts.look_every),
        most_behind_(parts.most_behind),
        memory_(std::make_shared<Memory>()) {}

  /// Somebody who follows; when the last one goes, so does what is kept for them. It may outlive the LiveTail.
  using Follower = std::shared_ptr<void>;
  [[nodiscard]] Follower join();

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
    std::int64_t left_out = 0;  ///< entries between that are pruned, not as they were sealed, or too far behind
  };
  static constexpr std::size_t kMostLines = 200;
  /// The least number that is read where the log ends at `end`.
  [[nodiscard]] std::int64_t oldest(std::int64_t end) const { return std::max<std::int64_t>(0, end - most_behind_); }
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

  struct Memory {
    std::mutex mutex;  ///< over what follows
    Lines kept;        ///< by number
    std::int64_t kept_from = 0;
    std::optional<std::int64_t> end;  ///< behind the newest that was looked at
    bool looking = false;
    std::chrono::steady_clock::time_point looked_at;
    std::weak_ptr<void> followers;
  };

  db::Database& database_;
  HeadVerifier verifier_;
  std::chrono::milliseconds look_every_;
  std::int64_t most_behind_;
  std::shared_ptr<Memory> memory_;
};

}  // namespace secureauth::audit
