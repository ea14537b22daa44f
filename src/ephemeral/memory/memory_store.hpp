#pragma once

#include "core/clock.hpp"
#include "ephemeral/ephemeral_store.hpp"
#include "ephemeral/memory/pace_table.hpp"

#include <array>
#include <mutex>
#include <unordered_map>

namespace secureauth::ephemeral {

/// The ephemeral store of one process. Bounded. When a flood of keys fills it, a new budget takes the place of one that
/// is whole, else of the one of a few that would be so soonest: closed to newcomers, it would let whoever fills it shut
/// everybody out. Budgets that must last are kept apart and are never dropped: there a new one counts as used up. New
/// values are refused with NotReached. Of rates see PaceTable.
class MemoryStore final : public EphemeralStore {
 public:
  /// A key and its value cost about 200 bytes, so the defaults are at most some 20 MB for each kind, and 12 MB for
  /// rates.
  explicit MemoryStore(const Clock& clock, std::size_t most_keys = 100'000, std::size_t most_paces = 50'000)
      : clock_(clock), most_per_shard_(most_keys / kShards), paces_(clock, most_paces) {}

  net::awaitable<Spent> spend(std::string key, Budget budget, Known known) override;
  net::awaitable<void> give_back(std::string key) override;
  net::awaitable<void> forgive(std::string key, std::chrono::milliseconds window) override;
  net::awaitable<Paced> pace(std::string key, std::span<const Rate> rates) override;
  net::awaitable<void> put(std::string key, std::string value, std::chrono::milliseconds life) override;
  net::awaitable<std::optional<std::string>> take(std::string key) override;

  /// For who keeps here what another store says: what is known of a budget, to be told to that store. Its unsaid uses
  /// are handed over, so that two who tell at once do not both tell them.
  [[nodiscard]] Known recall(const std::string& key);
  /// The other store was not told after all.
  void take_back(const std::string& key, std::int64_t unsaid);
  /// Takes back a use that the other store was not told of; false when it was told of all.
  bool forget_unsaid(const std::string& key);
  /// What the other store said of a budget. Without room it is left out.
  void mirror(std::string key, const Budget& budget, const Spent& spent);
  [[nodiscard]] PaceTable& paces() { return paces_; }

  /// Budgets and values that are kept, run out or not.
  [[nodiscard]] std::size_t size();

 private:
  static constexpr std::size_t kShards = 16;

  struct Count {
    std::int64_t used = 0;
    std::int64_t unsaid = 0;
  };
  template <class Kept>
  struct Expiring {
    Kept kept{};
    Timestamp expires_at;
  };
  template <class Kept>
  struct Table {
    std::unordered_map<std::string, Expiring<Kept>> entries;
    Timestamp next_sweep;
    SweepTurn turn;
    std::size_t hand = 0;  ///< the bucket where the last search for one to evict ended
  };
  using Budgets = Table<Count>;
  struct Shard {
    std::mutex mutex;
    Budgets budgets;
    Budgets lasting;
    Table<std::string> values;
  };

  Shard& shard(const std::string& key) { return shards_[std::hash<std::string>{}(key) % kShards]; }
  /// The entry, new or run out ones as `fresh`; null when there is no room.
  Expiring<Count>* budget(Shard& owner, const std::string& key, bool must_last, const Expiring<Count>& fresh,
                          Timestamp now) const;
  /// The entry, in whichever table; null when there is none.
  static Expiring<Count>* known(Shard& owner, const std::string& key);
  static void drop(Shard& owner, const std::string& key);
  template <class Kept>
  static void sweep(Table<Kept>& table, Timestamp now);
  /// Whether another key fits, after dropping what has run out where need be.
  template <class Kept>
  [[nodiscard]] bool has_room(Table<Kept>& table, Timestamp now) const;

  const Clock& clock_;
  std::size_t most_per_shard_;
  std::array<Shard, kShards> shards_;
  PaceTable paces_;
};

}  // namespace secureauth::ephemeral
