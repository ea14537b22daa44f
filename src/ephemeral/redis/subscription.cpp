#include "ephemeral/redis/subscription.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace secureauth::ephemeral::redis {
namespace {

constexpr std::chrono::seconds kSilence{1};

}  // namespace

Subscription::Subscription(const net::any_io_executor& executor, std::shared_ptr<Shared> shared, Node::Locate locate,
                           std::string channel, Listener listener)
    : channel_(std::move(channel)), listener_(std::move(listener)), executor_(executor), timer_(executor) {
  Node::Hooks hooks;
  hooks.on_open = [this](Link& link) { link.send(command_of({"SUBSCRIBE", channel_})); };
  hooks.on_push = [this](const Reply& push) { take(push); };
  hooks.on_lost = [this] {
    if (listener_.on_gap) listener_.on_gap();
  };
  hooks.is_up_when_open = false;  // a user may be let in and not be allowed to listen
  node_ = std::make_shared<Node>(executor, std::move(shared), std::move(locate), std::move(hooks));
}

void Subscription::start() {
  net::co_spawn(executor_, ask_for_life(shared_from_this()), net::detached);
}

void Subscription::close() noexcept {
  closed_ = true;
  node_->close();
  timer_.cancel();
}

void Subscription::take(const Reply& push) {
  const auto& kind = push[0].text();
  if (kind == "message" && push[1].text() == channel_) {
    listener_.on_message(push[2].text());
  } else if (kind == "subscribe") {
    node_->count_up();
    if (listener_.on_subscribed) listener_.on_subscribed();
  }
}

net::awaitable<void> Subscription::ask_for_life(std::shared_ptr<Subscription> self) {
  self->node_->start();
  while (!closed_) {
    boost::system::error_code closed;
    timer_.expires_after(kSilence);
    co_await timer_.async_wait(net::redirect_error(net::use_awaitable, closed));
    if (closed_) break;
    try {
      auto question = command_of({"PING"});
      co_await node_->execute(std::move(question));
    } catch (const RedisUnavailable&) {
      continue;  // the node connects again by itself
    }
  }
}

}  // namespace secureauth::ephemeral::redis
