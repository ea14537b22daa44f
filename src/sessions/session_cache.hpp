#pragma once

#include "sessions/session.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace secureauth::sessions {

/// Sessions that were read within the last second, so that a busy client costs one read a second and not one a request.
/// What ends a session in this process forgets it here first; what ends it elsewhere (the command line, another
/// instance) is heard of through the shared cache, or seen after at most `kLongestStale`. Memory is bounded: about a
/// KiB a session. Thread-safe.
class SessionCache {
 public:
  static constexpr auto kLongestStale = std::chrono::seconds(1);

  /// `life`: how long an entry is served, at most kLongestStale; 0 serves none (to measure what is behind).
  explicit SessionCache(std::chrono::milliseconds life = kLongestStale, std::size_t most_entries = 30'000)
      : life_(life), most_per_shard_(most_entries / kShards) {}

  /// The session if it was read within the life of an entry, else nullptr.
  [[nodiscard]] SessionRef find(const TokenHash& hash, Timestamp now) const;

  struct Kept {
    SessionRef session;       ///< however long ago it was read; may be null
    std::uint64_t epoch = 0;  ///< changes whenever an entry of the hash's shard is forgotten
  };
  /// Take it before reading the session anew and give the epoch to `put` or `renew`, so that a session ended in between
  /// is not brought back.
  [[nodiscard]] Kept kept(const TokenHash& hash) const;

  /// Keeps a session just read and returns it with the activity that this process already knows of. Not kept, but
  /// still returned, when the epoch has moved on.
  SessionRef put(Session session, std::uint64_t epoch, Timestamp now);

  /// What was kept has been read again and is the same.
  void renew(const SessionRef& session, std::uint64_t epoch, Timestamp now);

  /// When this process saw the session used, if it remembers: later than the record store knows.
  [[nodiscard]] std::optional<Timestamp> last_used(const TokenHash& hash) const;

  void forget(const TokenHash& hash);

  struct Lookups {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };
  /// How often find() found a session, and did not.
  [[nodiscard]] Lookups lookups() const;

  /// Serves nothing of what was read until now: news of ended sessions may have been missed. Activity is kept.
  void distrust_all();

 private:
  static constexpr std::size_t kShards = 16;

  struct Entry {
    SessionRef session;
    Timestamp read_at;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<TokenHash, Entry, HashOfTokenHash> entries;
    std::uint64_t epoch = 0;
    Lookups lookups;
  };

  [[nodiscard]] Shard& shard(const TokenHash& hash) const {
    return shards_[std::to_integer<std::size_t>(hash.back()) % kShards];
  }
  void make_room(Shard& shard) const;

  std::chrono::milliseconds life_;
  std::size_t most_per_shard_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace secureauth::sessions
