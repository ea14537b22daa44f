#pragma once

#include "ephemeral/ephemeral_store.hpp"
#include "ephemeral/memory/memory_store.hpp"

namespace secureauth::ephemeral {

/// The store that all instances share, with one of this process behind it. The shared one decides while it can be
/// reached, and this process keeps in mind what it said; when it is gone, each budget goes on from there, never from
/// nothing (closed, not open), and values are kept here: whoever comes back to this instance finds his challenge.
/// Without the shared store a budget is thus spent at most once more on each instance. Thread-safe. Never throws
/// because the shared store failed.
class GuardedStore final : public EphemeralStore {
 public:
  GuardedStore(EphemeralStore& shared, MemoryStore& own) : shared_(shared), own_(own) {}

  net::awaitable<Spent> spend(std::string key, std::int64_t limit, std::chrono::milliseconds window) override;
  net::awaitable<void> forgive(std::string key) override;
  net::awaitable<void> put(std::string key, std::string value, std::chrono::milliseconds life) override;
  net::awaitable<std::optional<std::string>> take(std::string key) override;

 private:
  EphemeralStore& shared_;
  MemoryStore& own_;
};

}  // namespace secureauth::ephemeral
