#pragma once

#include "ephemeral/ephemeral_store.hpp"
#include "ephemeral/memory/memory_store.hpp"

namespace secureauth::ephemeral {

/// The store that all instances share, with the memory of this process behind it. The shared one decides while it can
/// be reached, and this process keeps in mind what it said. Budgets are closed, never open, whatever becomes of it:
/// while it is gone each goes on from what this process knows; a store that was emptied goes on from what the next
/// instance knows; one that comes back is told what was used meanwhile. Without it a budget is thus spent at most once
/// more on each instance. Rates are counted in both: this process refuses by itself what it saw too much of, or heard
/// to be too much, and only else the shared store is asked; one that was emptied thus opens nothing. Values are kept
/// here while the shared store is not connected: whoever comes back to this instance finds his challenge. put() throws
/// where the shared store may have carried it out, for a value must not be in two places. Thread-safe.
class GuardedStore final : public EphemeralStore {
 public:
  GuardedStore(EphemeralStore& shared, MemoryStore& own) : shared_(shared), own_(own) {}

  net::awaitable<Spent> spend(std::string key, Budget budget, Known known) override;
  net::awaitable<void> give_back(std::string key) override;
  net::awaitable<void> forgive(std::string key, std::chrono::milliseconds window) override;
  net::awaitable<Paced> pace(std::string key, std::span<const Rate> rates) override;
  net::awaitable<void> put(std::string key, std::string value, std::chrono::milliseconds life) override;
  net::awaitable<std::optional<std::string>> take(std::string key) override;

 private:
  EphemeralStore& shared_;
  MemoryStore& own_;
};

}  // namespace secureauth::ephemeral
