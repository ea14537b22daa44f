#pragma once

#include "core/clock.hpp"
#include "ephemeral/ephemeral_store.hpp"
#include "ephemeral/memory/eviction.hpp"

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace secureauth::ephemeral {

/// The rates of one process. What is whole again is dropped as the table grows. Bounded: where a spray of keys fills
/// it, those that are whole again make room, else the one of a few that would be so soonest. Newcomers are thus never
/// shut out, and who used most is remembered longest. Thread-safe.
class PaceTable {
 public:
  using Rate = EphemeralStore::Rate;
  using Paced = EphemeralStore::Paced;

  /// A key with two rates costs about 250 bytes.
  PaceTable(const Clock& clock, std::size_t most_keys) : clock_(clock), most_per_shard_(most_keys / kShards) {}

  /// EphemeralStore::pace.
  [[nodiscard]] Paced use(const std::string& key, std::span<const Rate> rates);

  /// What a use would be refused with by what was counted here and heard; nothing is counted.
  [[nodiscard]] std::optional<Paced> refusal(const std::string& key, std::span<const Rate> rates);

  /// Another table refused by this rate, which is whole there after `until_whole`. For refusal() alone.
  void hear(const std::string& key, const Rate& rate, std::chrono::microseconds until_whole);

  /// Rates that are kept, of all keys.
  [[nodiscard]] std::size_t size();

 private:
  static constexpr std::size_t kShards = 16;

  struct Kept {
    std::string name;
    Timestamp whole_at;        ///< by what was counted here
    Timestamp heard_whole_at;  ///< by what hear() was told
  };
  using Entry = std::vector<Kept>;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Entry> entries;
    Timestamp next_sweep;
    SweepTurn turn;
    std::size_t hand = 0;  ///< the bucket where the last search for one to evict ended
  };

  Shard& shard(const std::string& key) { return shards_[std::hash<std::string>{}(key) % kShards]; }
  Entry& entry(Shard& owner, const std::string& key, Timestamp now) const;
  void make_room(Shard& owner, Timestamp now) const;
  static void sweep(Shard& owner, Timestamp now);
  static Kept& kept(Entry& entry, const std::string& name, Timestamp now);
  static Timestamp whole_at(const Entry& entry);

  const Clock& clock_;
  std::size_t most_per_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace secureauth::ephemeral
