#include "ephemeral/redis/redis_shared_cache.hpp"

namespace secureauth::ephemeral::redis {
namespace {

constexpr std::string_view kBarred = "-";  // nothing that is kept looks so: sealed values are longer

// Taken away before the bar is set, though that replaces it: a server that is full refuses a script's first write where
// that needs memory, and none after it. So an end is told there, too.
const Script kDrop(R"lua(
  redis.call('GETDEL', KEYS[1])
  redis.call('SET', KEYS[1], '-', 'PX', ARGV[1])
  redis.call('PUBLISH', ARGV[2], ARGV[3]))lua");

std::string unix_milliseconds(Timestamp time) {
  return std::to_string(std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

}  // namespace

net::awaitable<std::optional<SharedCache::Found>> RedisSharedCache::find(std::string key) {
  const auto full = prefix_ + key;
  std::vector<std::string> get{"GET", full};
  auto reply = co_await client_.command(full, std::move(get));
  if (reply.is_null()) co_return std::nullopt;
  if (reply.text() == kBarred) co_return Found{true, {}};
  co_return Found{false, std::move(reply).text()};
}

net::awaitable<void> RedisSharedCache::keep(std::string key, std::string value, Timestamp expires_at) {
  const auto full = prefix_ + key;
  std::vector<std::string> set{"SET", full, std::move(value), "NX", "PXAT", unix_milliseconds(expires_at)};
  co_await client_.command(full, std::move(set));
}

net::awaitable<void> RedisSharedCache::drop(std::string key, std::chrono::milliseconds barred_for) {
  std::vector<std::string> arguments{std::to_string(barred_for.count()), prefix_ + "dropped", key};
  co_await client_.run(kDrop, prefix_ + key, std::move(arguments));
}

void RedisSharedCache::listen(net::io_context& context, std::function<void(std::string_view key)> on_drop,
                              const std::function<void()>& on_gap) {
  // Between the gap and the new subscription what was read is as uncertain as what was read before.
  client_.subscribe(context, prefix_ + "dropped",
                    {.on_message = std::move(on_drop), .on_subscribed = on_gap, .on_gap = on_gap});
}

}  // namespace secureauth::ephemeral::redis
