#include "ephemeral/redis/pool.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace secureauth::ephemeral::redis {
namespace {

constexpr int kMostRedirections = 5;
constexpr int kMostTriesAgain = 3;
constexpr std::chrono::milliseconds kBeforeTryAgain{10};

net::awaitable<Endpoint> fixed(Endpoint endpoint) {
  co_return endpoint;
}

bool cannot_serve_now(const std::string& code) {
  return code == "READONLY" || code == "MASTERDOWN" || code == "LOADING" || code == "BUSY" || code == "CLUSTERDOWN" ||
         code == "TRYAGAIN" || code == "MOVED" || code == "ASK";
}

}  // namespace

Pool::Pool(net::any_io_executor executor, std::shared_ptr<Shared> shared)
    : executor_(std::move(executor)),
      shared_(std::move(shared)),
      sentinels_(std::make_shared<Sentinels>(executor_, shared_)),
      seed_(std::make_shared<Node>(executor_, shared_, locate())),
      cluster_(std::make_shared<Cluster>(executor_, shared_, seed_)) {}

Node::Locate Pool::locate() {
  if (shared_->url().topology == Url::Topology::sentinel) {
    return [sentinels = sentinels_] { return sentinels->master(); };
  }
  return [shared = shared_, next = std::size_t{0}]() mutable {
    const auto& endpoints = shared->url().endpoints;
    return fixed(endpoints[next++ % endpoints.size()]);
  };
}

net::awaitable<Reply> Pool::execute(std::string key, std::string wire) {
  const auto self = shared_from_this();
  auto node = cluster_->node_for(key);
  std::string prefix;
  for (int redirections = 0, tries = 0;;) {
    auto reply = co_await ask(node, prefix + wire, prefix.empty() ? 1 : 2);
    if (!reply.is_error()) co_return reply;
    const auto elsewhere = redirection(reply, node->endpoint().host);
    const auto code = reply.error_code();
    if (elsewhere && redirections++ < kMostRedirections) {
      node = cluster_->node_at(elsewhere->endpoint);
      prefix = elsewhere->once ? command_of({"ASKING"}) : std::string();
      if (!elsewhere->once) cluster_->moved(elsewhere->slot, elsewhere->endpoint);
    } else if (code == "TRYAGAIN" && tries++ < kMostTriesAgain) {
      co_await pause();
    } else if (cannot_serve_now(code)) {
      learn_from(code, *node);
      throw RedisUnavailable("Redis cannot serve now: " + code);
    } else {
      co_return reply;
    }
  }
}

net::awaitable<Reply> Pool::ask(std::shared_ptr<Node> node, std::string wire, std::size_t replies) {
  try {
    co_return co_await node->execute(std::move(wire), replies);
  } catch (const RedisUnavailable&) {
    cluster_->refresh();  // a replica may have taken the slots over
    throw;
  }
}

void Pool::learn_from(const std::string& code, Node& node) {
  if (code == "READONLY" || code == "MASTERDOWN") node.renew("the server is not the master: " + code);
  cluster_->refresh();
}

net::awaitable<void> Pool::pause() {
  net::steady_timer timer(executor_, kBeforeTryAgain);
  co_await timer.async_wait(net::use_awaitable);
}

void Pool::subscribe(std::string channel, Listener listener) {
  if (closed_) return;
  // In a cluster a message reaches every node: a master that is connected already is as good as the URL's servers, and
  // still there when those are not.
  auto where = [cluster = cluster_, next = locate()]() mutable -> net::awaitable<Endpoint> {
    return [](std::shared_ptr<Cluster> known, net::awaitable<Endpoint> url) -> net::awaitable<Endpoint> {
      const auto otherwise = co_await std::move(url);
      co_return known->any_endpoint(otherwise);
    }(cluster, next());
  };
  subscriptions_.push_back(
      std::make_shared<Subscription>(executor_, shared_, std::move(where), std::move(channel), std::move(listener)));
  subscriptions_.back()->start();
}

void Pool::close() noexcept {
  closed_ = true;
  sentinels_->close();
  seed_->close();
  cluster_->close();
  for (const auto& one : subscriptions_) one->close();
}

}  // namespace secureauth::ephemeral::redis
