#pragma once

#include "http/address_quota.hpp"
#include "http/complaints.hpp"
#include "http/dispatcher.hpp"
#include "http/traffic.hpp"
#include "http/wire.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace secureauth::http {

class Worker;

struct ServerOptions {
  std::string listen_address;
  std::uint16_t port = 0;
  unsigned threads = 1;
  std::size_t max_connections = 0;
  std::size_t max_connections_per_address = 0;  ///< 0: no limit. Trusted proxies have none
  bool proxy_protocol = false;  ///< every connection begins with a PROXY header, so only trusted proxies may connect
  std::chrono::milliseconds head_timeout{};   ///< from a request's first byte to the end of its head; then 408
  std::chrono::milliseconds body_timeout{};   ///< for the whole body; then 408
  std::chrono::milliseconds idle_timeout{};   ///< between requests; then a quiet close
  std::chrono::milliseconds write_timeout{};  ///< for one answer to be taken; then a close
  std::chrono::milliseconds shutdown_grace{};
  std::chrono::milliseconds shutdown_idle_timeout{};  ///< idle_timeout once it stops: who was about to ask has asked
  bool reuse_port = false;  ///< another process of the same user may listen on the port too, and takes over at the stop
  std::string_view forwarded_field;  ///< the header that says whom a proxy forwards for, in lower case
  /// The client's address as text, from the peer's and that header. Called from any io thread, once a connection and
  /// then for requests that carry it.
  std::function<std::string(const net::ip::address& peer, std::string_view forwarded)> client_address;
  std::function<bool(const net::ip::address& peer)> is_trusted_proxy;  ///< the same
};

/// What the connections of all threads share.
struct ServerShared {
  ServerShared(ServerOptions o, Dispatcher d, Wire w)
      : options(std::move(o)),
        dispatcher(std::move(d)),
        wire(std::move(w)),
        traffic(dispatcher.routes(), options.threads) {}
  const ServerOptions options;
  const Dispatcher dispatcher;
  const Wire wire;
  Traffic traffic;
  Complaints complaints;
  AddressQuota quota{options.max_connections_per_address};
  std::atomic<std::size_t> connections = 0;
  std::atomic<bool> leaving = false;   ///< every answer says that it is its connection's last
  std::atomic<bool> draining = false;  ///< and idle connections have shutdown_idle_timeout
};

/// The HTTP server: one io_context, acceptor (SO_REUSEPORT) and thread a core; connections never change threads.
class Server {
 public:
  Server(ServerOptions options, Dispatcher dispatcher, Wire wire);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and listens. Or takes what was `passed`, descriptors of sockets that listen on that address and that others
  /// hold too: they outlive this process, and who comes between two processes waits there. Throws std::runtime_error
  /// naming address, port and cause, such as a port already taken.
  void listen(const std::vector<int>& passed = {});

  /// Starts the threads and returns.
  void start();

  /// Goes on as before, but asks each client to connect anew. From any thread.
  void leave();

  /// Stops taking work, finishes what is in flight within the grace period, then joins. Who has connected is answered
  /// still. Idempotent.
  void stop();

  /// The first thread's executor, for timers and signals. They must end before `stop` can return early.
  [[nodiscard]] net::io_context& context();

  /// What it counted of its own: requests, refusals, connections.
  void expose(telemetry::Exposition& to) const;
  /// Every thread's, that of context() first.
  [[nodiscard]] std::vector<net::io_context*> contexts();

 private:
  std::shared_ptr<ServerShared> shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace secureauth::http
