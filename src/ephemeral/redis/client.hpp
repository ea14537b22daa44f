#pragma once

#include "core/net.hpp"
#include "core/per_context.hpp"
#include "ephemeral/redis/options.hpp"
#include "ephemeral/redis/pool.hpp"
#include "ephemeral/redis/reply.hpp"
#include "ephemeral/redis/script.hpp"
#include "ephemeral/redis/subscription.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <vector>

namespace secureauth::ephemeral::redis {

/// Redis 7 and newer: one server, Sentinel or Cluster, with or without TLS. Thread-safe: any coroutine on an io_context
/// calls it; each io_context has its own connections, and all its commands are pipelined over them. A connection that
/// was lost comes back by itself; meanwhile every command fails at once. No command is ever sent again by itself, but
/// where a server said that it did not carry it out (MOVED, ASK, NOSCRIPT). Callers' contexts outlive the calls, and
/// run no more when the client is destroyed.
///
/// Every call throws RedisUnavailable (down, too slow, lost) or CommandRefused (the server answered with an error).
class Client {
 public:
  /// Connects at the first use. Throws std::invalid_argument when `ca_file` cannot be read.
  explicit Client(ClientOptions options);

  /// `arguments[0]` is the command's name; `key` only says which node of a cluster to ask.
  net::awaitable<Reply> command(std::string key, std::vector<std::string> arguments);

  /// Runs `script` with KEYS[1] = key and ARGV = arguments. The script must outlive the call.
  net::awaitable<Reply> run(const Script& script, std::string key, std::vector<std::string> arguments);

  /// Succeeds when Redis answers now; of a cluster, each master that this thread knows: while one is gone, so is a part
  /// of the fast path.
  net::awaitable<void> ping();

  /// Listens to a channel on this context until it closes its parts. From any thread, also before the context runs.
  void subscribe(net::io_context& context, std::string channel, Listener listener);

 private:
  std::shared_ptr<Pool> pool(const net::any_io_executor& executor) const;

  std::shared_ptr<Shared> shared_;
  PerContext<Pool> pools_;
};

}  // namespace secureauth::ephemeral::redis
