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
  net::awaitable<void> receive(net::ip::tcp::socket socket, net::ip::address peer);
  net::awaitable<void> serve(net::ip::tcp::socket socket, std::optional<AddressQuota::Place> place);
  [[nodiscard]] bool is_full() const;
  /// Ends those of this thread's connections that have waited longest for their clients: new ones come first, so that
  /// a crowd that says nothing keeps nobody out.
  net::awaitable<void> make_room();
  net::awaitable<void> tick();
  void turn_away(net::ip::tcp::socket socket) const;
  /// A line about what strangers can cause as often as they like: at most one in ten seconds.
  void complain(std::string_view what, std::string_view cause);

  std::shared_ptr<ServerShared> shared_;
  net::io_context context_{1};
  net::ip::tcp::acceptor acceptor_{context_};
  net::steady_timer ticker_{context_};
  std::unordered_set<Connection*> connections_;
  SteadyTime grace_ends_ = SteadyTime::max();
  SteadyTime quiet_until_ = SteadyTime::min();
  bool stopping_ = false;
};

}  // namespace secureauth::http
