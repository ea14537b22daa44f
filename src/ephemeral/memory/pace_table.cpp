#include "ephemeral/memory/pace_table.hpp"

#include "ephemeral/cell_rate.hpp"
#include "ephemeral/memory/eviction.hpp"

#include <algorithm>

namespace secureauth::ephemeral {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kMostNames = 64;  // beyond it, those that are whole are dropped with the next new one

/// A clock that was set back, or a rate that was larger before, makes nobody wait for longer than a window.
microseconds debt(Timestamp whole_at, Timestamp now, const EphemeralStore::Rate& rate) {
  const auto owed = std::chrono::duration_cast<microseconds>(whole_at - now);
  return std::clamp(owed, microseconds(0), burst(rate));
}

}  // namespace

PaceTable::Paced PaceTable::use(const std::string& key, std::span<const Rate> rates) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  auto& entry = this->entry(owner, key, now);
  std::vector<microseconds> debts;
  for (const auto& rate : rates) debts.push_back(debt(kept(entry, rate.name, now).whole_at, now, rate));
  const auto paced = judge(rates, debts);
  if (!paced.allowed) return paced;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    kept(entry, rates[i].name, now).whole_at = now + debts[i] + interval(rates[i]);
  }
  return paced;
}

std::optional<PaceTable::Paced> PaceTable::refusal(const std::string& key, std::span<const Rate> rates) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  const auto found = owner.entries.find(key);
  if (found == owner.entries.end()) return std::nullopt;
  std::vector<microseconds> debts;
  for (const auto& rate : rates) {
    const auto known = std::ranges::find(found->second, rate.name, &Kept::name);
    const bool is_new = known == found->second.end();
    debts.push_back(is_new ? microseconds(0) : debt(std::max(known->whole_at, known->heard_whole_at), now, rate));
  }
  const auto paced = judge(rates, debts);
  if (paced.allowed) return std::nullopt;
  return paced;
}

void PaceTable::hear(const std::string& key, const Rate& rate, microseconds until_whole) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  auto& entry = this->entry(owner, key, now);
  kept(entry, rate.name, now).heard_whole_at = now + until_whole;
}

std::size_t PaceTable::size() {
  std::size_t total = 0;
  for (auto& one : shards_) {
    const std::lock_guard lock(one.mutex);
    for (const auto& [key, entry] : one.entries) total += entry.size();
  }
  return total;
}

PaceTable::Entry& PaceTable::entry(Shard& owner, const std::string& key, Timestamp now) const {
  const auto found = owner.entries.find(key);
  if (found != owner.entries.end()) return found->second;
  if (owner.turn.is_due(owner.entries.size())) sweep(owner, now);
  if (owner.entries.size() >= most_per_shard_) make_room(owner, now);
  return owner.entries[key];
}

void PaceTable::make_room(Shard& owner, Timestamp now) const {
  if (now >= owner.next_sweep) sweep(owner, now);
  if (owner.entries.size() >= most_per_shard_) evict_one(owner.entries, owner.hand, &whole_at);
}

void PaceTable::sweep(Shard& owner, Timestamp now) {
  owner.next_sweep = now + kSweepEvery;
  std::erase_if(owner.entries, [now](const auto& one) { return whole_at(one.second) <= now; });
  owner.turn.swept(owner.entries.size());
}

PaceTable::Kept& PaceTable::kept(Entry& entry, const std::string& name, Timestamp now) {
  const auto known = std::ranges::find(entry, name, &Kept::name);
  if (known != entry.end()) return *known;
  if (entry.size() >= kMostNames) {
    std::erase_if(entry, [now](const Kept& one) { return one.whole_at <= now && one.heard_whole_at <= now; });
  }
  return entry.emplace_back(Kept{name, now, now});
}

Timestamp PaceTable::whole_at(const Entry& entry) {
  Timestamp latest = Timestamp::min();
  for (const auto& one : entry) latest = std::max({latest, one.whole_at, one.heard_whole_at});
  return latest;
}

}  // namespace secureauth::ephemeral
