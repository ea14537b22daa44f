#include "ephemeral/redis/cluster.hpp"

#include "telemetry/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <utility>

namespace secureauth::ephemeral::redis {
namespace {

constexpr std::chrono::milliseconds kBetweenRefreshes{500};
constexpr std::size_t kMostNodes = 200;  // masters, and those that were

net::awaitable<Endpoint> fixed(Endpoint endpoint) {
  co_return endpoint;
}

}  // namespace

Cluster::Cluster(net::any_io_executor executor, std::shared_ptr<Shared> shared, std::shared_ptr<Node> seed)
    : executor_(std::move(executor)), shared_(std::move(shared)), seed_(std::move(seed)) {}

std::shared_ptr<Node> Cluster::node_for(std::string_view key) {
  if (!is_cluster_ || key.empty()) return seed_;
  const auto* owner = map_.owner(slot_of(key));
  return owner == nullptr ? seed_ : node_at(*owner);
}

std::shared_ptr<Node> Cluster::node_at(const Endpoint& endpoint) {
  if (const auto known = nodes_.find(endpoint); known != nodes_.end()) return known->second;
  if (closed_ || nodes_.size() >= kMostNodes) throw RedisUnavailable("no more nodes of Redis can be connected to");
  require_reachable(endpoint);
  // Every attempt to connect asks whether the node is a master still: a replica may have taken its place.
  auto where = [endpoint, weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->refresh();
    return fixed(endpoint);
  };
  auto node = std::make_shared<Node>(executor_, shared_, std::move(where));
  nodes_.emplace(endpoint, node);
  return node;
}

void Cluster::require_reachable(const Endpoint& endpoint) {
  if (shared_->may_reach(endpoint)) return;
  if (!std::exchange(told_of_plaintext_, true)) {
    telemetry::log(telemetry::Level::warning, "a node of Redis is beyond this machine and not connected to without TLS",
                   {{"endpoint", to_text(endpoint)}});
  }
  throw RedisUnavailable("a node of Redis must not be connected to without TLS");
}

std::vector<std::shared_ptr<Node>> Cluster::masters() {
  std::vector<std::shared_ptr<Node>> all;
  if (is_cluster_) {
    for (const auto& owner : map_.owners()) all.push_back(node_at(owner));
  }
  if (all.empty()) all.push_back(seed_);
  return all;
}

void Cluster::moved(Slot slot, const Endpoint& endpoint) {
  is_cluster_ = true;
  map_.set(slot, slot, endpoint);
  refresh();
}

void Cluster::refresh() {
  const auto now = std::chrono::steady_clock::now();
  if (!is_cluster_ || refreshing_ || closed_ || now - refreshed_ < kBetweenRefreshes) return;
  refreshing_ = true;
  refreshed_ = now;
  net::co_spawn(executor_, ask_for_map(shared_from_this()), net::detached);
}

net::awaitable<void> Cluster::ask_for_map(std::shared_ptr<Cluster> self) {
  auto asked = self->seed_;
  for (const auto& [endpoint, node] : nodes_) {
    if (!asked->is_open() && node->is_open()) asked = node;
  }
  try {
    auto question = command_of({"CLUSTER", "SLOTS"});
    const auto reply = co_await asked->execute(std::move(question));
    if (!reply.is_error() && !closed_) {
      map_ = SlotMap::from(reply, asked->endpoint().host);
      prune();
    }
  } catch (const RedisUnavailable&) {  // the old map stands; the next redirection or loss asks again
    asked->renew("the node cannot tell the cluster's slots");
  }
  refreshing_ = false;
}

void Cluster::prune() {
  const auto& owners = map_.owners();
  std::erase_if(nodes_, [&owners](const auto& entry) {
    if (std::ranges::find(owners, entry.first) != owners.end() || !entry.second->is_idle()) return false;
    entry.second->close();
    return true;
  });
}

Endpoint Cluster::any_endpoint(const Endpoint& otherwise) const {
  for (const auto& [endpoint, node] : nodes_) {
    if (node->is_open()) return node->endpoint();
  }
  return otherwise;
}

void Cluster::close() noexcept {
  closed_ = true;
  for (const auto& [endpoint, node] : nodes_) node->close();
}

}  // namespace secureauth::ephemeral::redis
