#pragma once

#include "http/connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>

namespace secureauth::http {

/// One io thread: its io_context, acceptor, connections and the ticker that watches their deadlines.
class Worker {
 public:
  /// `number` among the server's, from 0.
  Worker(std::shared_ptr<ServerShared> shared, std::size_t number);

  /// Binds this thread's acceptor. Throws boost::system::system_error.
  void listen(const net::ip::tcp::endpoint& endpoint, bool share_port);

  /// Accepts from a copy of a socket that listens already, which others hold too. Throws boost::system::system_error.
  void adopt(const net::ip::tcp& protocol, int descriptor);

  /// Runs until stopped and drained; call from its thread.
  void run();

  /// From any thread: stop accepting, finish what has come and is in flight by `grace_ends`, then abort the rest.
  void stop(SteadyTime grace_ends);

  [[nodiscard]] net::io_context& context() { return context_; }

 private:
  net::awaitable<void> accept();
  /// Ends accept(), and the acceptor with it: where a successor listens on the port too, once that one gets all that is
  /// new and what was on its way here has come.
  net::awaitable<void> end_accepting();
  /// Serves who has connected already: to close before that would reset them.
  net::awaitable<void> empty_queue();
  void close_acceptor();
  net::awaitable<void> receive(net::ip::tcp::socket socket, net::ip::address peer);
  net::awaitable<void> serve(net::ip::tcp::socket socket, net::ip::address peer,
                             std::optional<AddressQuota::Place> place);
  [[nodiscard]] bool is_full() const;
  /// Ends up to `most` of this thread's connections, of those that have waited longest for their clients: new ones come
  /// first, so that a crowd that says nothing keeps nobody out. Costs the same however many there are.
  net::awaitable<void> make_room(std::size_t most);
  net::awaitable<void> tick();
  /// Acts on deadlines that have passed, a few connections at a time: what is ready to be answered goes in between.
  net::awaitable<void> expire(SteadyTime now);
  void turn_away(net::ip::tcp::socket socket) const;

  struct Member {
    Connection* connection = nullptr;
    SteadyTime looked_at;  ///< when it last went to the end of the line
  };
  using Line = std::list<Member>;
  void move_to_end(Line::iterator member, SteadyTime now);

  std::shared_ptr<ServerShared> shared_;
  std::size_t number_;
  net::io_context context_{1};
  net::ip::tcp::acceptor acceptor_{context_};
  net::steady_timer ticker_{context_};
  Line connections_;                          ///< whoever was looked at longest ago first
  Line::iterator next_ = connections_.end();  ///< whose deadline is compared next
  SteadyTime grace_ends_ = SteadyTime::max();
  bool adopted_ = false;  ///< the acceptor's socket is others' too
  bool stopping_ = false;
  bool accepting_ = true;
};

}  // namespace secureauth::http
