#include "ephemeral/memory/memory_store.hpp"

#include "core/error.hpp"

namespace secureauth::ephemeral {
namespace {

std::chrono::milliseconds until(Timestamp end, Timestamp now) {
  return std::chrono::ceil<std::chrono::milliseconds>(end - now);
}

}  // namespace

template <class Kept>
bool MemoryStore::has_room(Map<Kept>& map, Timestamp now) const {
  if (map.size() < most_per_shard_) return true;
  std::erase_if(map, [now](const auto& entry) { return entry.second.expires_at <= now; });
  return map.size() < most_per_shard_;
}

net::awaitable<EphemeralStore::Spent> MemoryStore::spend(std::string key, std::int64_t limit,
                                                         std::chrono::milliseconds window) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  auto found = owner.budgets.find(key);
  if (found == owner.budgets.end()) {
    if (!has_room(owner.budgets, now)) co_return Spent{false, limit, window};
    found = owner.budgets.try_emplace(std::move(key), Expiring<std::int64_t>{0, now + window}).first;
  }
  auto& budget = found->second;
  if (budget.expires_at <= now) budget = {0, now + window};
  if (budget.kept >= limit) co_return Spent{false, budget.kept, until(budget.expires_at, now)};
  ++budget.kept;
  co_return Spent{true, budget.kept, until(budget.expires_at, now)};
}

void MemoryStore::mirror(std::string key, const Spent& spent) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  if (!owner.budgets.contains(key) && !has_room(owner.budgets, now)) return;
  owner.budgets[std::move(key)] = {spent.used, now + spent.until_reset};
}

net::awaitable<void> MemoryStore::forgive(std::string key) {
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  owner.budgets.erase(key);
  co_return;
}

net::awaitable<void> MemoryStore::put(std::string key, std::string value, std::chrono::milliseconds life) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  if (!owner.values.contains(key) && !has_room(owner.values, now)) throw Unavailable("the ephemeral store is full");
  owner.values[std::move(key)] = {std::move(value), now + life};
  co_return;
}

net::awaitable<std::optional<std::string>> MemoryStore::take(std::string key) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  auto found = owner.values.extract(key);
  if (!found || found.mapped().expires_at <= now) co_return std::nullopt;
  co_return std::move(found.mapped().kept);
}

}  // namespace secureauth::ephemeral
