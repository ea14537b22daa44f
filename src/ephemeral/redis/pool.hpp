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
  /// answered, an error too. Throws RedisUnavailable, also for errors that say that the server cannot serve now.
  net::awaitable<Reply> execute(std::string key, std::string wire);

  void subscribe(std::string channel, Listener listener);
  void close() noexcept override;

 private:
  /// Where to connect to first: what the sentinels say, or the URL's servers in turn.
  Node::Locate locate();
  net::awaitable<Reply> ask(std::shared_ptr<Node> node, std::string wire, std::size_t replies);
  /// What an error of the server means for its connection and the cluster's map.
  void learn_from(const std::string& code, Node& node);
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
