#pragma once

#include "core/net.hpp"
#include "core/per_context.hpp"
#include "ephemeral/redis/cluster.hpp"
#include "ephemeral/redis/node.hpp"
#include "ephemeral/redis/sentinels.hpp"
#include "ephemeral/redis/subscription.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace secureauth::ephemeral::redis {

/// One thread's connections to Redis, and what it knows of the servers.
class Pool : public ContextPart, public std::enable_shared_from_this<Pool> {
 public:
  Pool(net::any_io_executor executor, std::shared_ptr<Shared> shared);

  /// Sends an encoded command to the server that holds `key`, following a cluster's redirections, and returns what it
  /// answered, an error too. All of it has the command timeout together, or the connect timeout where the server was
  /// not connected to before. Throws RedisUnavailable, also for errors that say that the server cannot serve now.
  net::awaitable<Reply> execute(std::string key, std::string wire);

  /// Succeeds when every known master, or without a cluster the server, answers. Throws as Client does.
  net::awaitable<void> ping();

  void subscribe(std::string channel, Listener listener);
  void close() noexcept override;

 private:
  /// Where to connect to first: what the sentinels say, or the URL's servers in turn.
  Node::Locate locate();
  net::awaitable<Reply> ask(std::shared_ptr<Node> node, std::string wire, std::size_t replies);
  /// Asks again, and elsewhere, for as long as the reply says so.
  net::awaitable<Reply> follow(std::shared_ptr<Node> node, std::string wire, Reply reply);
  /// Throws RedisUnavailable where the error says that the server cannot serve now, after doing about it what can be.
  void require_served(const Reply& error, Node& node);
  net::awaitable<void> pause();

  net::any_io_executor executor_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Sentinels> sentinels_;
  std::shared_ptr<Node> seed_;
  std::shared_ptr<Cluster> cluster_;
  std::vector<std::shared_ptr<Subscription>> subscriptions_;
  bool closed_ = false;
};

}  // namespace secureauth::ephemeral::redis
