#pragma once

#include "ephemeral/ephemeral_store.hpp"
#include "ephemeral/redis/client.hpp"

#include <string>

namespace secureauth::ephemeral::redis {

/// The ephemeral store in Redis: a budget is a number that expires with its window, counted by one script; rates are a
/// hash of when each is whole again, by the clock of Redis; a value is a string taken by GETDEL.
class RedisStore final : public EphemeralStore {
 public:
  RedisStore(Client& client, std::string prefix) : client_(client), prefix_(std::move(prefix)) {}

  net::awaitable<Spent> spend(std::string key, Budget budget, Known known) override;
  net::awaitable<void> give_back(std::string key) override;
  net::awaitable<void> forgive(std::string key, std::chrono::milliseconds window) override;
  net::awaitable<Paced> pace(std::string key, std::span<const Rate> rates) override;
  net::awaitable<void> put(std::string key, std::string value, std::chrono::milliseconds life) override;
  net::awaitable<std::optional<std::string>> take(std::string key) override;

 private:
  Client& client_;
  std::string prefix_;
};

}  // namespace secureauth::ephemeral::redis
