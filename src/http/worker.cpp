#include "http/worker.hpp"

#include "core/per_context.hpp"
#include "http/problem.hpp"
#include "http/request_id.hpp"
#include "telemetry/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <vector>

namespace secureauth::http {
namespace {

using net::ip::tcp;
using std::chrono::milliseconds;
using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr auto kTick = milliseconds(100);
constexpr auto kPauseAfterFailedAccept = milliseconds(100);  // out of descriptors: do not spin
constexpr std::size_t kMostGiveWay = 32;                     // at once, for looking for them costs a walk over all
constexpr std::size_t kGiveWayShare = 16;
constexpr auto kQuiet = std::chrono::seconds(10);

}  // namespace

Worker::Worker(std::shared_ptr<ServerShared> shared) : shared_(std::move(shared)) {}

void Worker::listen(const tcp::endpoint& endpoint, bool share_port) {
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  if (share_port) acceptor_.set_option(ReusePort(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(4096);
}

void Worker::run() {
  net::co_spawn(context_, accept(), net::detached);
  net::co_spawn(context_, tick(), net::detached);
  while (true) {
    try {
      context_.run();
      return;
    } catch (const std::exception& error) {  // a bug in one connection must not end the others
      telemetry::log(telemetry::Level::error, "connection failed", {{"cause", error.what()}});
    }
  }
}

void Worker::stop(SteadyTime grace_ends) {
  net::post(context_, [this, grace_ends] {
    if (stopping_) return;
    stopping_ = true;
    grace_ends_ = grace_ends;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (auto* connection : connections_) connection->drain();
    ticker_.cancel();
  });
}

net::awaitable<void> Worker::accept() {
  while (!stopping_) {
    tcp::endpoint peer;
    auto [ec, socket] = co_await acceptor_.async_accept(peer, net::as_tuple(net::use_awaitable));
    if (stopping_) co_return;
    if (ec) {
      // Out of descriptors, say: who comes waits in the kernel's queue, and who holds one for nothing gives way.
      complain("accept failed", ec.message());
      if (ec == net::error::no_descriptors) co_await make_room();
      net::steady_timer pause(context_, kPauseAfterFailedAccept);
      co_await pause.async_wait(net::as_tuple(net::use_awaitable));
      continue;
    }
    try {
      co_await receive(std::move(socket), peer.address());
    } catch (const std::exception& error) {  // out of memory, say: the next ones are to be accepted all the same
      complain("connection failed", error.what());
    }
  }
}

net::awaitable<void> Worker::receive(tcp::socket socket, net::ip::address peer) {
  const auto& options = shared_->options;
  const bool proxy = options.is_trusted_proxy(peer);
  if (options.proxy_protocol && !proxy) {
    complain("connection refused", "PROXY_PROTOCOL=required, and " + peer.to_string() + " is none of TRUSTED_PROXIES");
    co_return;
  }
  std::optional<AddressQuota::Place> place;
  if (!proxy) {
    auto taken = shared_->quota.take(peer);
    if (!taken) {
      complain("connection turned away", peer.to_string() + " has HTTP_MAX_CONNECTIONS_PER_ADDRESS open");
      turn_away(std::move(socket));
      co_return;
    }
    place.emplace(*std::move(taken));
  }
  if (is_full()) co_await make_room();
  if (is_full()) {
    complain("connection turned away", "HTTP_MAX_CONNECTIONS are open");
    turn_away(std::move(socket));
    co_return;
  }
  if (stopping_) co_return;  // while room was made
  net::co_spawn(context_, serve(std::move(socket), std::move(place)), net::detached);
}

bool Worker::is_full() const {
  return shared_->connections.load(std::memory_order_relaxed) >= shared_->options.max_connections;
}

net::awaitable<void> Worker::make_room() {
  std::vector<std::pair<SteadyTime, Connection*>> waiting;
  for (auto* connection : connections_) {
    if (const auto since = connection->waiting_since()) waiting.emplace_back(*since, connection);
  }
  const auto give_way = std::min({waiting.size(), waiting.size() / kGiveWayShare + 1, kMostGiveWay});
  const auto last = waiting.begin() + static_cast<std::ptrdiff_t>(give_way);
  std::ranges::nth_element(waiting, last);
  for (auto one = waiting.begin(); one != last; ++one) one->second->abort();
  co_await net::post(context_, net::use_awaitable);  // behind what ends them
}

net::awaitable<void> Worker::serve(tcp::socket socket, std::optional<AddressQuota::Place> place) {
  Connection connection(std::move(socket), shared_, std::move(place));
  connections_.insert(&connection);
  ++shared_->connections;
  try {
    co_await connection.run();
  } catch (const std::exception& error) {
    telemetry::log(telemetry::Level::error, "connection failed", {{"cause", error.what()}});
  }
  --shared_->connections;
  connections_.erase(&connection);
  if (stopping_) ticker_.cancel();
}

net::awaitable<void> Worker::tick() {
  while (!stopping_ || !connections_.empty()) {
    ticker_.expires_after(kTick);
    co_await ticker_.async_wait(net::as_tuple(net::use_awaitable));
    const auto now = std::chrono::steady_clock::now();
    for (auto* connection : connections_) {
      if (now >= grace_ends_) {
        connection->abort();
      } else {
        connection->expire(now);
      }
    }
    if (now >= grace_ends_) break;
  }
  close_parts(context_);  // connections to the stores would keep run() from returning
}

void Worker::turn_away(tcp::socket socket) const {
  const auto id = new_request_id();
  const auto response = problem(ErrorCode::overloaded, id);
  std::string bytes;
  shared_->wire.append(bytes, response, id, {.keep_alive = false});
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(net::buffer(bytes), ignored);
}

void Worker::complain(std::string_view what, std::string_view cause) {
  const auto now = std::chrono::steady_clock::now();
  if (now < quiet_until_) return;
  quiet_until_ = now + kQuiet;
  telemetry::log(telemetry::Level::warning, what, {{"cause", std::string(cause)}});
}

}  // namespace secureauth::http
