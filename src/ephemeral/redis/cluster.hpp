#pragma once

#include "core/net.hpp"
#include "ephemeral/redis/node.hpp"
#include "ephemeral/redis/slots.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::ephemeral::redis {

/// What one thread knows of a cluster's masters, and its connections to them. Without a cluster it knows only the node
/// of the URL and does nothing else. Used from its executor's thread only.
class Cluster : public std::enable_shared_from_this<Cluster> {
 public:
  /// `seed` is asked where nothing better is known.
  Cluster(net::any_io_executor executor, std::shared_ptr<Shared> shared, std::shared_ptr<Node> seed);

  /// The master of the key's slot. An empty key: any node.
  std::shared_ptr<Node> node_for(std::string_view key);
  /// Throws RedisUnavailable beyond two hundred nodes, and where the node must not be told anything without TLS.
  std::shared_ptr<Node> node_at(const Endpoint& endpoint);

  /// Every master that is known; else the node of the URL.
  std::vector<std::shared_ptr<Node>> masters();

  /// Takes a MOVED in, and asks for the whole map soon: seldom did one slot alone move.
  void moved(Slot slot, const Endpoint& endpoint);
  /// Asks for the map anew where this is a cluster, at most twice a second.
  void refresh();

  /// Any master that is connected now; else where the URL points.
  [[nodiscard]] Endpoint any_endpoint(const Endpoint& otherwise) const;

  void close() noexcept;

 private:
  void require_reachable(const Endpoint& endpoint);
  net::awaitable<void> ask_for_map(std::shared_ptr<Cluster> self);
  /// Closes the connections to nodes that are no master any more.
  void prune();

  net::any_io_executor executor_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Node> seed_;
  SlotMap map_;
  std::map<Endpoint, std::shared_ptr<Node>> nodes_;
  bool is_cluster_ = false;
  bool refreshing_ = false;
  bool closed_ = false;
  bool told_of_plaintext_ = false;  ///< the log was
  std::chrono::steady_clock::time_point refreshed_;
};

}  // namespace secureauth::ephemeral::redis
