#include "ephemeral/memory/memory_store.hpp"

#include <algorithm>

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

MemoryStore::Expiring<MemoryStore::Count>* MemoryStore::budget(Shard& owner, const std::string& key,
                                                               const Expiring<Count>& fresh, Timestamp now) const {
  auto found = owner.budgets.find(key);
  if (found == owner.budgets.end()) {
    if (!has_room(owner.budgets, now)) return nullptr;
    found = owner.budgets.emplace(key, fresh).first;
  } else if (found->second.expires_at <= now) {
    found->second = fresh;
  } else {
    return &found->second;
  }
  return &found->second;
}

net::awaitable<EphemeralStore::Spent> MemoryStore::spend(std::string key, Budget budget, Known known) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  const bool remembered = known.used > 0;
  const Expiring<Count> fresh{{known.used - known.unsaid, 0}, now + (remembered ? known.until_reset : budget.window)};
  auto* entry = this->budget(owner, key, fresh, now);
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
  const auto found = owner.budgets.find(key);
  if (found == owner.budgets.end() || found->second.expires_at <= now) co_return;
  auto& count = found->second.kept;
  count.used = std::max<std::int64_t>(count.used - 1, 0);
  count.unsaid = std::min(count.unsaid, count.used);
}

net::awaitable<void> MemoryStore::forgive(std::string key, std::chrono::milliseconds window) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  const Expiring<Count> forgiven{{}, now + window};
  if (auto* entry = budget(owner, key, forgiven, now)) *entry = forgiven;
  co_return;
}

net::awaitable<EphemeralStore::Paced> MemoryStore::pace(std::string key, std::span<const Rate> rates) {
  co_return paces_.use(key, rates);
}

net::awaitable<void> MemoryStore::put(std::string key, std::string value, std::chrono::milliseconds life) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  if (!owner.values.contains(key) && !has_room(owner.values, now)) throw NotReached("the ephemeral store is full");
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

EphemeralStore::Known MemoryStore::recall(const std::string& key) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  const auto found = owner.budgets.find(key);
  if (found == owner.budgets.end() || found->second.expires_at <= now) return {};
  auto& count = found->second.kept;
  return {count.used, std::exchange(count.unsaid, 0), until(found->second.expires_at, now)};
}

void MemoryStore::take_back(const std::string& key, std::int64_t unsaid) {
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  const auto found = owner.budgets.find(key);
  if (found != owner.budgets.end()) found->second.kept.unsaid += unsaid;
}

bool MemoryStore::forget_unsaid(const std::string& key) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  const auto found = owner.budgets.find(key);
  if (found == owner.budgets.end() || found->second.expires_at <= now) return false;
  auto& count = found->second.kept;
  if (count.unsaid <= 0 || count.used <= 0) return false;
  --count.used;
  --count.unsaid;
  return true;
}

void MemoryStore::mirror(std::string key, const Spent& spent) {
  const auto now = clock_.now();
  auto& owner = shard(key);
  const std::lock_guard lock(owner.mutex);
  const Expiring<Count> said{{spent.used, 0}, now + spent.until_reset};
  auto* entry = budget(owner, key, said, now);
  if (entry == nullptr) return;
  entry->kept.used = spent.used + entry->kept.unsaid;
  entry->expires_at = said.expires_at;
}

}  // namespace secureauth::ephemeral
