#pragma once

#include "crypto/sealer.hpp"
#include "ephemeral/shared_cache.hpp"
#include "sessions/session.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace secureauth::sessions {

/// Sessions in the cache that all instances share: the fast path in front of the record store. Each lies there sealed
/// for its place: who can read Redis learns no address, who can write to it cannot make a session nor prolong one.
/// Never throws: a cache that fails is as one that is empty. Thread-safe.
class SharedSessions {
 public:
  /// The worst case of revocation: a session that ended while its instance could not reach the cache, or whose drop a
  /// fail-over of the cache lost, is served no longer than this by instances that still find it there. Their own memory
  /// of it (SessionCache) and clocks that differ by up to five seconds are counted in.
  static constexpr auto kLongestStale = std::chrono::seconds(30);

  struct Parts {
    ephemeral::SharedCache& cache;
    const Clock& clock;
    crypto::Random& random;
  };
  /// `secret_key` is SECRET_KEY: the same on every instance.
  SharedSessions(Parts parts, const crypto::RotatingKey& secret_key);

  struct Found {
    SessionRef known;                ///< the one that the caller knew holds still
    std::optional<Session> session;  ///< another
    bool may_keep = false;           ///< the record store's answer is welcome here
  };
  /// `known` is what this process read before, or null: when it lies there unchanged it need not be opened again.
  net::awaitable<Found> find(TokenHash hash, SessionRef known) const;

  /// Offers what the record store said when it was asked at `read_at`.
  net::awaitable<void> keep(Session session, Timestamp read_at) const;

  /// Forgets ended sessions here and on every instance, all at once. What cannot be dropped now is refused here, told
  /// in the log and left to drop_missed().
  net::awaitable<void> drop(std::vector<TokenHash> hashes);

  /// Tries again what drop() could not reach and has not gone stale by itself. To be called every second or so.
  net::awaitable<void> drop_missed();

  /// Whether other instances may still serve what ended on this one.
  [[nodiscard]] bool has_missed() const;

  /// The session that a message of the shared cache's channel names.
  [[nodiscard]] static std::optional<TokenHash> hash_of(std::string_view key);

 private:
  [[nodiscard]] bool is_fresh(Timestamp read_at) const;
  [[nodiscard]] Found open(const std::string& sealed, const std::string& key, const TokenHash& hash) const;
  [[nodiscard]] static std::string key_of(const TokenHash& hash);
  using Missed = std::unordered_map<TokenHash, Timestamp, HashOfTokenHash>;  ///< and when each has gone stale by itself
  net::awaitable<void> drop_one(TokenHash hash);
  [[nodiscard]] bool is_missed(const TokenHash& hash) const;
  void remember_missed(const TokenHash& hash);
  [[nodiscard]] std::vector<TokenHash> still_missed();
  void forget_missed(const TokenHash& hash);

  Parts parts_;
  crypto::Sealer sealer_;
  mutable std::mutex mutex_;
  Missed missed_;  ///< at most kMostMissed
};

}  // namespace secureauth::sessions
