#pragma once

#include "ephemeral/ephemeral_store.hpp"
#include "ephemeral/redis/client.hpp"

#include <string>

namespace secureauth::ephemeral::redis {

/// The ephemeral store in Redis: budgets are counters that expire with their window, in one script; values are strings
/// taken by GETDEL.
class RedisStore final : public EphemeralStore {
 public:
  RedisStore(Client& client, std::string prefix) : client_(client), prefix_(std::move(prefix)) {}

  net::awaitable<Spent> spend(std::string key, std::int64_t limit, std::chrono::milliseconds window) override;
  net::awaitable<void> forgive(std::string key) override;
  net::awaitable<void> put(std::string key, std::string value, std::chrono::milliseconds life) override;
  net::awaitable<std::optional<std::string>> take(std::string key) override;

 private:
  Client& client_;
  std::string prefix_;
};

}  // namespace secureauth::ephemeral::redis
