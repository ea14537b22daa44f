#pragma once

#include "core/backoff.hpp"
#include "core/net.hpp"
#include "ephemeral/redis/link.hpp"
#include "ephemeral/redis/shared.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace secureauth::ephemeral::redis {

/// Keeps one connection to a server up: connects at the first use, and again after a pause whenever it was lost. While
/// it is down every command fails at once. Used from its executor's thread only; close() ends it.
class Node : public std::enable_shared_from_this<Node> {
 public:
  /// Says where to connect to, each time anew: a name may have moved, a sentinel may know another master.
  /// Throws RedisUnavailable.
  using Locate = std::function<net::awaitable<Endpoint>()>;

  struct Hooks {
    std::function<void(Link&)> on_open;
    std::function<void(const Reply&)> on_push;
    std::function<void()> on_lost;  ///< after on_open only
    bool is_up_when_open = true;    ///< else whoever uses it calls count_up()
  };

  Node(net::any_io_executor executor, std::shared_ptr<Shared> shared, Locate locate);
  Node(net::any_io_executor executor, std::shared_ptr<Shared> shared, Locate locate, Hooks hooks);

  /// Begins to connect, if that was not done yet.
  void start();

  /// As Link::execute. The very first command waits for the connection, bounded by the connect timeout.
  net::awaitable<Reply> execute(std::string wire, std::size_t replies = 1);

  /// Loses the connection, so that it is made anew, to where `locate` then says.
  void renew(const std::string& reason) noexcept;

  /// It is of use now: counts a loss as mended.
  void count_up();

  void close() noexcept;

  /// Whether the first attempt to connect has ended, well or not.
  [[nodiscard]] bool was_tried() const { return tried_; }
  [[nodiscard]] bool is_open() const { return link_ && link_->is_open(); }
  [[nodiscard]] bool is_idle() const { return !link_ || link_->is_idle(); }
  /// Where it connected to last.
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  net::awaitable<void> keep(std::shared_ptr<Node> self);
  net::awaitable<void> live(std::shared_ptr<Link> link);
  void count_down(const std::string& reason);

  net::any_io_executor executor_;
  std::shared_ptr<Shared> shared_;
  Locate locate_;
  Hooks hooks_;
  std::shared_ptr<Link> link_;
  Endpoint endpoint_;
  Backoff backoff_;
  net::steady_timer pause_;
  bool started_ = false;
  bool tried_ = false;
  bool closed_ = false;
  bool is_down_ = false;  ///< and was counted as such
};

}  // namespace secureauth::ephemeral::redis
