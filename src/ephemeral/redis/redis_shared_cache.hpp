#pragma once

#include "ephemeral/redis/client.hpp"
#include "ephemeral/shared_cache.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace secureauth::ephemeral::redis {

/// The shared cache in Redis: a string a key, kept by SET NX with an absolute expiry, dropped by a script that bars the
/// key and publishes its name on the channel `PREFIXdropped`.
class RedisSharedCache final : public SharedCache {
 public:
  /// `prefix` stands before every key and the channel's name, so that several services can share a server.
  RedisSharedCache(Client& client, std::string prefix) : client_(client), prefix_(std::move(prefix)) {}

  net::awaitable<std::optional<Found>> find(std::string key) override;
  net::awaitable<void> keep(std::string key, std::string value, Timestamp expires_at) override;
  net::awaitable<void> drop(std::string key, std::chrono::milliseconds barred_for) override;
  net::awaitable<void> check_ready() override { return client_.ping(); }

  /// From now on, in `context` and on its thread: each dropped key, and `on_gap` when news may have been missed.
  void listen(net::io_context& context, std::function<void(std::string_view key)> on_drop,
              const std::function<void()>& on_gap);

 private:
  Client& client_;
  std::string prefix_;
};

}  // namespace secureauth::ephemeral::redis
