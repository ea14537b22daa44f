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

net::awaitable<bool> reached(net::awaitable<void> work) {
  try {
    co_await std::move(work);
    co_return true;
  } catch (const Unavailable&) {
    co_return false;
  }
}

}  // namespace

net::awaitable<EphemeralStore::Spent> GuardedStore::spend(std::string key, std::int64_t limit,
                                                          std::chrono::milliseconds window) {
  const auto shared = co_await unless_gone(shared_.spend(key, limit, window));
  if (shared) {
    own_.mirror(std::move(key), *shared);
    co_return *shared;
  }
  const auto own = co_await own_.spend(std::move(key), limit, window);
  co_return own;
}

net::awaitable<void> GuardedStore::forgive(std::string key) {
  co_await own_.forgive(key);
  co_await reached(shared_.forgive(std::move(key)));
}

net::awaitable<void> GuardedStore::put(std::string key, std::string value, std::chrono::milliseconds life) {
  const bool shared = co_await reached(shared_.put(key, value, life));
  if (!shared) co_await own_.put(std::move(key), std::move(value), life);
}

net::awaitable<std::optional<std::string>> GuardedStore::take(std::string key) {
  auto own = co_await own_.take(key);
  if (own) co_return own;
  auto shared = co_await unless_gone(shared_.take(std::move(key)));
  co_return shared ? *std::move(shared) : std::nullopt;
}

}  // namespace secureauth::ephemeral
