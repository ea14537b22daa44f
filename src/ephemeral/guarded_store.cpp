#include "ephemeral/guarded_store.hpp"

#include "core/error.hpp"

namespace secureauth::ephemeral {
namespace {

/// What the shared store said, or nothing when it is gone. It logs its own going and coming back.
template <class T>
net::awaitable<std::optional<T>> unless_gone(net::awaitable<T> work) {
  try {
    auto value = co_await std::move(work);
    co_return value;
  } catch (const Unavailable&) {
    co_return std::nullopt;
  }
}

}  // namespace

net::awaitable<EphemeralStore::Spent> GuardedStore::spend(std::string key, Budget budget, Known known) {
  auto remembered = own_.recall(key);
  remembered.used += known.unsaid;
  remembered.unsaid += known.unsaid;
  const auto shared = co_await unless_gone(shared_.spend(key, budget, remembered));
  if (shared) {
    own_.mirror(std::move(key), budget, *shared);
    co_return *shared;
  }
  own_.take_back(key, remembered.unsaid - known.unsaid);
  const auto own = co_await own_.spend(std::move(key), budget, known);
  co_return own;
}

net::awaitable<void> GuardedStore::give_back(std::string key) {
  // Once: from what the shared store was not told of, or from what it counts. Each is a use less in all.
  if (own_.forget_unsaid(key)) co_return;
  try {
    co_await shared_.give_back(key);
  } catch (const Unavailable&) {
    co_return;  // it stays counted: closed, not open
  }
  co_await own_.give_back(std::move(key));
}

net::awaitable<void> GuardedStore::forgive(std::string key, std::chrono::milliseconds window) {
  co_await own_.forgive(key, window);
  try {
    co_await shared_.forgive(std::move(key), window);
  } catch (const Unavailable&) {
    co_return;  // it stays counted there: closed, not open
  }
}

net::awaitable<EphemeralStore::Paced> GuardedStore::pace(std::string key, std::span<const Rate> rates) {
  auto& own = own_.paces();
  if (const auto refused = own.refusal(key, rates)) co_return *refused;  // a flood costs the shared store nothing
  const auto shared = co_await unless_gone(shared_.pace(key, rates));
  if (shared && !shared->allowed) {
    own.hear(key, rates[shared->tightest], shared->until_whole);
    co_return *shared;
  }
  const auto counted = own.use(key, rates);
  const bool own_is_tighter = !shared || !counted.allowed || counted.left < shared->left;
  co_return own_is_tighter ? counted : *shared;
}

net::awaitable<void> GuardedStore::put(std::string key, std::string value, std::chrono::milliseconds life) {
  bool shared = true;
  try {
    co_await shared_.put(key, value, life);
  } catch (const NotReached&) {
    shared = false;
  }
  if (!shared) co_await own_.put(std::move(key), std::move(value), life);
}

net::awaitable<std::optional<std::string>> GuardedStore::take(std::string key) {
  auto own = co_await own_.take(key);
  if (own) co_return own;
  auto shared = co_await unless_gone(shared_.take(std::move(key)));
  co_return shared ? *std::move(shared) : std::nullopt;
}

}  // namespace secureauth::ephemeral
