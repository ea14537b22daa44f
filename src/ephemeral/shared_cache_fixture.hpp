#pragma once

#include "core/error.hpp"
#include "ephemeral/shared_cache.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace secureauth::ephemeral {

/// A shared cache in this process, by the set clock. It can be made to fail, and looked into as its owner could.
class FakeSharedCache final : public SharedCache {
 public:
  explicit FakeSharedCache(const Clock& clock) : clock_(clock) {}

  net::awaitable<std::optional<Found>> find(std::string key) override {
    enter();
    const auto found = entries.find(key);
    if (found == entries.end() || found->second.expires_at <= clock_.now()) co_return std::nullopt;
    co_return found->second.found;
  }

  net::awaitable<void> keep(std::string key, std::string value, Timestamp expires_at) override {
    enter();
    const auto found = entries.find(key);
    const bool taken = found != entries.end() && found->second.expires_at > clock_.now();
    if (!taken) entries[key] = {{false, std::move(value)}, expires_at};
    co_return;
  }

  net::awaitable<void> drop(std::string key, std::chrono::milliseconds barred_for) override {
    enter();
    most_drops_at_once = std::max(most_drops_at_once, ++drops_);
    co_await net::post(net::use_awaitable);
    --drops_;
    entries[key] = {{true, ""}, clock_.now() + barred_for};
    for (const auto& listener : listeners) listener(key);
  }

  net::awaitable<void> check_ready() override {
    enter();
    co_return;
  }

  struct Entry {
    Found found;
    Timestamp expires_at;
  };
  std::map<std::string, Entry> entries;
  std::vector<std::function<void(std::string_view)>> listeners;
  bool is_gone = false;
  int calls = 0;
  int most_drops_at_once = 0;

 private:
  void enter() {
    ++calls;
    if (is_gone) throw Unavailable("the shared cache is gone");
  }

  const Clock& clock_;
  int drops_ = 0;
};

}  // namespace secureauth::ephemeral
