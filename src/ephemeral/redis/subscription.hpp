#pragma once

#include "core/net.hpp"
#include "ephemeral/redis/node.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace secureauth::ephemeral::redis {

/// What a subscription tells, on its context's thread. None of them may throw. Until the first on_subscribed, and from
/// each on_gap to the next on_subscribed, nothing is heard.
struct Listener {
  std::function<void(std::string_view payload)> on_message;
  std::function<void()> on_subscribed;  ///< each time; messages before it were missed
  std::function<void()> on_gap;         ///< the link was lost, a little while ago at most
};

/// Listens to one channel over a connection of its own, which it keeps up. A link that says nothing is asked once a
/// second whether it is alive, so that on_gap comes within about a second and the command timeout.
class Subscription : public std::enable_shared_from_this<Subscription> {
 public:
  Subscription(const net::any_io_executor& executor, std::shared_ptr<Shared> shared, Node::Locate locate,
               std::string channel, Listener listener);
  void start();
  void close() noexcept;

 private:
  void take(const Reply& push);
  net::awaitable<void> ask_for_life(std::shared_ptr<Subscription> self);

  std::string channel_;
  Listener listener_;
  net::any_io_executor executor_;
  net::steady_timer timer_;
  std::shared_ptr<Node> node_;
  bool closed_ = false;
};

}  // namespace secureauth::ephemeral::redis
