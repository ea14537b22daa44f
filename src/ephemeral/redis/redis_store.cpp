#include "ephemeral/redis/redis_store.hpp"

#include "ephemeral/cell_rate.hpp"

#include <algorithm>

namespace secureauth::ephemeral::redis {
namespace {

// ARGV: limit, window in ms, uses known, unsaid uses, ms left of the known window. A budget that is not there was never
// used, has run out, or was lost: then what the caller knows of it counts.
const Script kSpend(R"lua(
  local limit, window = tonumber(ARGV[1]), ARGV[2]
  local known, unsaid, left = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
  local used = tonumber(redis.call('GET', KEYS[1]))
  local is_new = not used
  local before = used
  if is_new then used = known else used = used + unsaid end
  local allowed = used < limit
  if allowed then used = used + 1 end
  if is_new then
    if known == 0 then left = window end
    redis.call('SET', KEYS[1], used, 'PX', left)
  elseif used ~= before then
    redis.call('SET', KEYS[1], used, 'KEEPTTL')
  end
  return {allowed and 1 or 0, used, redis.call('PTTL', KEYS[1])})lua");

const Script kGiveBack(R"lua(
  local used = tonumber(redis.call('GET', KEYS[1]))
  if used and used > 0 then redis.call('SET', KEYS[1], used - 1, 'KEEPTTL') end
  return 0)lua");

// ARGV: of each rate its name, interval and burst in microseconds. The hash keeps when each is whole again, in
// microseconds since the epoch, which a Lua number holds exactly. Answers how long each was from whole before this use;
// the rest follows from that (cell_rate.hpp).
const Script kPace(R"lua(
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local names = {}
  for i = 1, #ARGV, 3 do names[#names + 1] = ARGV[i] end
  local kept = redis.call('HMGET', KEYS[1], unpack(names))
  local debts, after, longest, allowed = {}, {}, 0, true
  for i, name in ipairs(names) do
    local interval, burst = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
    local debt = math.min(math.max((tonumber(kept[i]) or 0) - now, 0), burst)
    debts[i] = debt
    allowed = allowed and debt + interval <= burst
    longest = math.max(longest, debt + interval)
    after[2 * i - 1], after[2 * i] = name, string.format('%.0f', now + debt + interval)
  end
  if allowed then
    redis.call('HSET', KEYS[1], unpack(after))
    local life = math.ceil(longest / 1000)
    if redis.call('PTTL', KEYS[1]) < life then redis.call('PEXPIRE', KEYS[1], life) end
    if redis.call('HLEN', KEYS[1]) > 64 then
      local all = redis.call('HGETALL', KEYS[1])
      for i = 1, #all, 2 do
        if tonumber(all[i + 1]) <= now then redis.call('HDEL', KEYS[1], all[i]) end
      end
    end
  end
  return debts)lua");

}  // namespace

net::awaitable<EphemeralStore::Spent> RedisStore::spend(std::string key, Budget budget, Known known) {
  const auto left = std::max<std::int64_t>(known.until_reset.count(), 1);
  std::vector<std::string> arguments{std::to_string(budget.limit), std::to_string(budget.window.count()),
                                     std::to_string(known.used), std::to_string(known.unsaid), std::to_string(left)};
  const auto reply = co_await client_.run(kSpend, prefix_ + key, std::move(arguments));
  co_return Spent{reply[0].integer() == 1, reply[1].integer(),
                  std::chrono::milliseconds(std::max<std::int64_t>(reply[2].integer(), 0))};
}

net::awaitable<void> RedisStore::give_back(std::string key) {
  std::vector<std::string> none;
  co_await client_.run(kGiveBack, prefix_ + key, std::move(none));
}

net::awaitable<void> RedisStore::forgive(std::string key, std::chrono::milliseconds window) {
  const auto full = prefix_ + key;
  std::vector<std::string> set{"SET", full, "0", "PX", std::to_string(window.count())};
  co_await client_.command(full, std::move(set));
}

net::awaitable<EphemeralStore::Paced> RedisStore::pace(std::string key, std::span<const Rate> rates) {
  std::vector<std::string> arguments;
  for (const auto& rate : rates) {
    arguments.push_back(rate.name);
    arguments.push_back(std::to_string(interval(rate).count()));
    arguments.push_back(std::to_string(burst(rate).count()));
  }
  const auto reply = co_await client_.run(kPace, prefix_ + key, std::move(arguments));
  std::vector<std::chrono::microseconds> debts;
  for (std::size_t i = 0; i < rates.size(); ++i) debts.emplace_back(reply[i].integer());
  co_return judge(rates, debts);
}

net::awaitable<void> RedisStore::put(std::string key, std::string value, std::chrono::milliseconds life) {
  const auto full = prefix_ + key;
  std::vector<std::string> set{"SET", full, std::move(value), "PX", std::to_string(life.count())};
  try {
    co_await client_.command(full, std::move(set));
  } catch (const NotConnected& error) {
    throw NotReached(error.what());
  }
}

net::awaitable<std::optional<std::string>> RedisStore::take(std::string key) {
  const auto full = prefix_ + key;
  std::vector<std::string> getdel{"GETDEL", full};
  const auto reply = co_await client_.command(full, std::move(getdel));
  if (reply.is_null()) co_return std::nullopt;
  co_return reply.text();
}

}  // namespace secureauth::ephemeral::redis
