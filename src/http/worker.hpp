#pragma once

#include "http/connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <unordered_set>

namespace secureauth::http {

/// One io thread: its io_context, acceptor, connections and the ticker that watches their deadlines.
class Worker {
 public:
  explicit Worker(std::shared_ptr<ServerShared> shared);

  /// Binds this thread's acceptor. Throws boost::system::system_error.
  void listen(const net::ip::tcp::endpoint& endpoint, bool share_port);

  /// Runs until stopped and drained; call from its thread.
  void run();

  /// From any thread: stop accepting, finish what is in flight by `grace_ends`, then abort the rest.
  void stop(SteadyTime grace_ends);

  [[nodiscard]] net::io_context& context() { return context_; }

 private:
  net::awaitable<void> accept();
  net::awaitable<void> serve(net::ip::tcp::socket socket);
  net::awaitable<void> tick();
  void turn_away(net::ip::tcp::socket socket) const;

  std::shared_ptr<ServerShared> shared_;
  net::io_context context_{1};
  net::ip::tcp::acceptor acceptor_{context_};
  net::steady_timer ticker_{context_};
  std::unordered_set<Connection*> connections_;
  SteadyTime grace_ends_ = SteadyTime::max();
  bool stopping_ = false;
};

}  // namespace secureauth::http
