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
  std::atomic<bool> draining = false;
};

/// The HTTP server: one io_context, acceptor (SO_REUSEPORT) and thread a core; connections never change threads.
class Server {
 public:
  Server(ServerOptions options, Dispatcher dispatcher, Wire wire);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and listens. Throws std::runtime_error naming address, port and cause, such as a port already taken.
  void listen();

  /// Starts the threads and returns.
  void start();

  /// Stops taking work, finishes what is in flight within the grace period, then joins. Idempotent.
  void stop();

  /// The first thread's executor, for timers and signals. They must end before `stop` can return early.
  [[nodiscard]] net::io_context& context();

  [[nodiscard]] const Traffic& traffic() const { return shared_->traffic; }
  [[nodiscard]] std::size_t connections() const { return shared_->connections.load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<ServerShared> shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace secureauth::http
