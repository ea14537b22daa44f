#include "ephemeral/redis/pool.hpp"

#include <utility>

namespace secureauth::ephemeral::redis {
namespace {

/// Tries the URL's servers in turn.
Node::Locate each_in_turn(std::shared_ptr<Shared> shared) {
  return [shared = std::move(shared), next = std::size_t{0}]() mutable -> net::awaitable<Endpoint> {
    const auto& endpoints = shared->url().endpoints;
    const auto chosen = next++ % endpoints.size();
    return [](Endpoint endpoint) -> net::awaitable<Endpoint> { co_return endpoint; }(endpoints[chosen]);
  };
}

}  // namespace

Pool::Pool(net::any_io_executor executor, std::shared_ptr<Shared> shared)
    : executor_(std::move(executor)),
      shared_(std::move(shared)),
      node_(std::make_shared<Node>(executor_, shared_, each_in_turn(shared_))) {}

net::awaitable<Reply> Pool::execute(std::string, std::string wire) {
  const auto self = shared_from_this();
  auto reply = co_await node_->execute(std::move(wire));
  if (reply.is_error()) {
    const auto code = reply.error_code();
    const bool not_the_master = code == "READONLY" || code == "MASTERDOWN";
    if (not_the_master) node_->renew("the server is not the master: " + code);
    if (not_the_master || code == "LOADING" || code == "BUSY")
      throw RedisUnavailable("Redis cannot serve now: " + code);
  }
  co_return reply;
}

void Pool::subscribe(std::string channel, Listener listener) {
  if (closed_) return;
  subscriptions_.push_back(std::make_shared<Subscription>(executor_, shared_, each_in_turn(shared_), std::move(channel),
                                                          std::move(listener)));
  subscriptions_.back()->start();
}

void Pool::close() noexcept {
  closed_ = true;
  node_->close();
  for (const auto& one : subscriptions_) one->close();
}

}  // namespace secureauth::ephemeral::redis
