#pragma once

#include "core/clock.hpp"
#include "sessions/session.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace secureauth::tokens {

/// Tokens that were made a moment ago, so that an edge that asks on every request does not have one signed for each.
/// One is given again while what it says of its session is still so, until its renewal is due. Memory is bounded, at
/// about a KiB a token. Thread-safe.
class RecentTokens {
 public:
  explicit RecentTokens(std::size_t most = 20'000) : most_per_shard_(most / kShards) {}

  /// All that a token for this service says of the session but its times: who has equal keys may have the same token.
  [[nodiscard]] static std::string key_of(const sessions::Session& session, const std::string& audience);

  [[nodiscard]] std::optional<std::string> find(const sessions::Session& session, const std::string& audience,
                                                Timestamp now) const;
  void keep(const sessions::Session& session, const std::string& audience, std::string token, Timestamp renewal,
            Timestamp now);

 private:
  static constexpr std::size_t kShards = 16;

  struct Kept {
    std::string token;
    Timestamp renewal;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Kept> tokens;
  };

  [[nodiscard]] Shard& shard(const std::string& key) const { return shards_[std::hash<std::string>{}(key) % kShards]; }

  std::size_t most_per_shard_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace secureauth::tokens
