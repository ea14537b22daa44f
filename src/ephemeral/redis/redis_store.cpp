#include "ephemeral/redis/redis_store.hpp"

#include <algorithm>

namespace secureauth::ephemeral::redis {
namespace {

const Script kSpend(R"lua(
  local used = tonumber(redis.call('GET', KEYS[1]) or '0')
  if used >= tonumber(ARGV[1]) then
    return {0, used, redis.call('PTTL', KEYS[1])}
  end
  used = redis.call('INCR', KEYS[1])
  if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return {1, used, redis.call('PTTL', KEYS[1])})lua");

}  // namespace

net::awaitable<EphemeralStore::Spent> RedisStore::spend(std::string key, std::int64_t limit,
                                                        std::chrono::milliseconds window) {
  std::vector<std::string> arguments{std::to_string(limit), std::to_string(window.count())};
  const auto reply = co_await client_.run(kSpend, prefix_ + key, std::move(arguments));
  co_return Spent{reply[0].integer() == 1, reply[1].integer(),
                  std::chrono::milliseconds(std::max<std::int64_t>(reply[2].integer(), 0))};
}

net::awaitable<void> RedisStore::forgive(std::string key) {
  const auto full = prefix_ + key;
  std::vector<std::string> del{"DEL", full};
  co_await client_.command(full, std::move(del));
}

net::awaitable<void> RedisStore::put(std::string key, std::string value, std::chrono::milliseconds life) {
  const auto full = prefix_ + key;
  std::vector<std::string> set{"SET", full, std::move(value), "PX", std::to_string(life.count())};
  co_await client_.command(full, std::move(set));
}

net::awaitable<std::optional<std::string>> RedisStore::take(std::string key) {
  const auto full = prefix_ + key;
  std::vector<std::string> getdel{"GETDEL", full};
  const auto reply = co_await client_.command(full, std::move(getdel));
  if (reply.is_null()) co_return std::nullopt;
  co_return reply.text();
}

}  // namespace secureauth::ephemeral::redis
