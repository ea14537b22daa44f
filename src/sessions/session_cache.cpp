#include "sessions/session_cache.hpp"

#include <algorithm>

namespace secureauth::sessions {

SessionRef SessionCache::find(const TokenHash& hash, Timestamp now) const {
  auto& owner = shard(hash);
  const std::lock_guard lock(owner.mutex);
  const auto found = owner.entries.find(hash);
  if (found != owner.entries.end()) {
    const auto age = now - found->second.read_at;
    if (age >= Timestamp::duration::zero() && age < life_) {
      ++owner.lookups.hits;
      return found->second.session;
    }
  }
  ++owner.lookups.misses;
  return nullptr;
}

SessionCache::Kept SessionCache::kept(const TokenHash& hash) const {
  const auto& owner = shard(hash);
  const std::lock_guard lock(owner.mutex);
  const auto found = owner.entries.find(hash);
  return {found == owner.entries.end() ? nullptr : found->second.session, owner.epoch};
}

void SessionCache::renew(const SessionRef& session, std::uint64_t epoch, Timestamp now) {
  auto& owner = shard(session->token_hash);
  const std::lock_guard lock(owner.mutex);
  const auto found = owner.entries.find(session->token_hash);
  const bool same = owner.epoch == epoch && found != owner.entries.end() && found->second.session == session;
  if (same) found->second.read_at = now;
}

SessionRef SessionCache::put(Session session, std::uint64_t epoch, Timestamp now) {
  auto& owner = shard(session.token_hash);
  const std::lock_guard lock(owner.mutex);
  if (owner.epoch != epoch) return std::make_shared<const Session>(std::move(session));

  const auto known = owner.entries.find(session.token_hash);
  if (known != owner.entries.end()) {
    // The record store lags behind by up to a minute; this process has seen the later use.
    auto activity = known->second.session->activity;
    const auto seen = std::max(activity->last_used.load(), session.activity->last_used.load());
    activity->last_used = seen;
    activity->persisted = std::max(activity->persisted.load(), session.activity->persisted.load());
    session.activity = std::move(activity);
  } else {
    make_room(owner);
  }
  auto shared = std::make_shared<const Session>(std::move(session));
  owner.entries[shared->token_hash] = {shared, now};
  return shared;
}

std::optional<Timestamp> SessionCache::last_used(const TokenHash& hash) const {
  const auto& owner = shard(hash);
  const std::lock_guard lock(owner.mutex);
  const auto found = owner.entries.find(hash);
  if (found == owner.entries.end()) return std::nullopt;
  return Timestamp(std::chrono::microseconds(found->second.session->activity->last_used.load()));
}

void SessionCache::forget(const TokenHash& hash) {
  auto& owner = shard(hash);
  const std::lock_guard lock(owner.mutex);
  owner.entries.erase(hash);
  ++owner.epoch;
}

SessionCache::Lookups SessionCache::lookups() const {
  Lookups all;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    all.hits += shard.lookups.hits;
    all.misses += shard.lookups.misses;
  }
  return all;
}

void SessionCache::distrust_all() {
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (auto& [hash, entry] : shard.entries) entry.read_at = Timestamp{};
    ++shard.epoch;
  }
}

void SessionCache::make_room(Shard& shard) const {
  // Which one goes does not matter: a session in use is read again, and loses at most a minute of its sliding.
  while (!shard.entries.empty() && shard.entries.size() >= most_per_shard_) shard.entries.erase(shard.entries.begin());
}

}  // namespace secureauth::sessions
