#include "ephemeral/memory/memory_store.hpp"

#include "ephemeral/memory/eviction.hpp"

#include <algorithm>

namespace secureauth::ephemeral {
namespace {

std::chrono::milliseconds until(Timestamp end, Timestamp now) {
  return std::chrono::ceil<std::chrono::milliseconds>(end - now);
}

}  // namespace

template <class Kept>
void MemoryStore::sweep(Table<Kept>& table, Timestamp now) {
  table.next_sweep = now + kSweepEvery;
  std::erase_if(table.entries, [now](const auto& entry) { return entry.second.expires_at <= now; });
  table.turn.swept(table.entries.size());
}

template <class Kept>
bool MemoryStore::has_room(Table<Kept>& table, Timestamp now) const {
  if (table.turn.is_due(table.entries.size())) sweep(table, now);
  if (table.entries.size() < most_per_shard_) return true;
  if (now < table.next_sweep) return false;
  sweep(table, now);
  return table.entries.size() < most_per_shard_;
}

std::size_t MemoryStore::size() {
  std::size_t total = 0;
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    total += shard.budgets.entries.size() + shard.lasting.entries.size() + shard.values.entries.size();
  }
  return total;
}

MemoryStore::Expiring<MemoryStore::Count>* MemoryStore::known(Shard& owner, const std::string& key) {
  for (auto* table : {&owner.budgets, &owner.lasting}) {
    const auto found = table->entries.find(key);
    if (found != table->entries.end()) return &found->second;
  }
  return nullptr;
}

void MemoryStore::drop(Shard& owner, const std::string& key) {
  owner.budgets.entries.erase(key);
  owner.lasting.entries.erase(key);
}

MemoryStore::Expiring<MemoryStore::Count>* MemoryStore::budget(Shard& owner, const std::string& key, bool must_last,
                                                               const Expiring<Count>& fresh, Timestamp now) const {
  if (auto* found = known(owner, key)) {
    if (found->expires_at <= now) *found = fresh;
    return found;
  }
  auto& table = must_last ? owner.lasting : owner.budgets;
  if (!has_room(table, now)) {
    if (must_last) return nullptr;
    // A whole one first, else the one that ends soonest.
    const auto rank = [](const Expiring<Count>& one) { return std::pair(one.kept.used > 0, one.expires_at); };
    evict_one(table.entries, table.hand, rank);
  }
  return &table.entries.emplace(key, fresh).first->second;
}

net::awaitable<EphemeralStore::Spent> MemoryStore::spend(std::string key, Budget budget, Known known) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  const bool remembered = known.used > 0;
  const Expiring<Count> fresh{{known.used - known.unsaid, 0}, now + (remembered ? known.until_reset : budget.window)};
  auto* entry = this->budget(owner, key, budget.must_last, fresh, now);
  if (entry == nullptr) co_return Spent{false, budget.limit, budget.window};
  auto& count = entry->kept;
  count.used += known.unsaid;
  const bool allowed = count.used < budget.limit;
  if (allowed) {
    ++count.used;
    ++count.unsaid;
  }
  co_return Spent{allowed, count.used, until(entry->expires_at, now)};
}

net::awaitable<void> MemoryStore::give_back(std::string key) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  auto* found = known(owner, key);
  if (found == nullptr || found->expires_at <= now) co_return;
  auto& count = found->kept;
  count.used = std::max<std::int64_t>(count.used - 1, 0);
  count.unsaid = std::min(count.unsaid, count.used);
  // What was refused elsewhere leaves no trace: else refusals, which cost nothing, would fill the table.
  if (count.used == 0) drop(owner, key);
}

net::awaitable<void> MemoryStore::forgive(std::string key, std::chrono::milliseconds window) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  if (auto* entry = known(owner, key)) *entry = {{}, now + window};
  co_return;
}

net::awaitable<EphemeralStore::Paced> MemoryStore::pace(std::string key, std::span<const Rate> rates) {
  co_return paces_.use(key, rates);
}

net::awaitable<void> MemoryStore::put(std::string key, std::string value, std::chrono::milliseconds life) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  if (!owner.values.entries.contains(key) && !has_room(owner.values, now))
    throw NotReached("the ephemeral store is full");
  owner.values.entries[std::move(key)] = {std::move(value), now + life};
  co_return;
}

net::awaitable<std::optional<std::string>> MemoryStore::take(std::string key) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  auto found = owner.values.entries.extract(key);
  if (!found || found.mapped().expires_at <= now) co_return std::nullopt;
  co_return std::move(found.mapped().kept);
}

EphemeralStore::Known MemoryStore::recall(const std::string& key) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  auto* found = known(owner, key);
  if (found == nullptr || found->expires_at <= now) return {};
  auto& count = found->kept;
  return {count.used, std::exchange(count.unsaid, 0), until(found->expires_at, now)};
}

void MemoryStore::take_back(const std::string& key, std::int64_t unsaid) {
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  if (auto* found = known(owner, key)) found->kept.unsaid += unsaid;
}

bool MemoryStore::forget_unsaid(const std::string& key) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  auto* found = known(owner, key);
  if (found == nullptr || found->expires_at <= now) return false;
  auto& count = found->kept;
  if (count.unsaid <= 0 || count.used <= 0) return false;
  --count.used;
  --count.unsaid;
  return true;
}

void MemoryStore::mirror(std::string key, const Budget& budget, const Spent& spent) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  const Expiring<Count> said{{spent.used, 0}, now + spent.until_reset};
  auto* entry = this->budget(owner, key, budget.must_last, said, now);
  if (entry == nullptr) return;
  entry->kept.used = spent.used + entry->kept.unsaid;
  entry->expires_at = said.expires_at;
}

}  // namespace secureauth::ephemeral
