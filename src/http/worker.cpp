#include "http/worker.hpp"

#include "core/per_context.hpp"
#include "http/port_group.hpp"
#include "http/problem.hpp"
#include "http/request_id.hpp"
#include "telemetry/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace secureauth::http {
namespace {

using net::ip::tcp;
using std::chrono::milliseconds;
using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr auto kTick = milliseconds(100);
constexpr auto kPauseAfterFailedAccept = milliseconds(100);  // out of descriptors: do not spin
constexpr std::size_t kGiveWayOfFiles = 32;                  // for one that gives way a tenth of a second is too long
constexpr std::size_t kMostLooks = 64;                       // for one to give way
constexpr std::size_t kExpireAtOnce = 256;                   // some 40 µs
constexpr int kTicksBetweenEvenings = 600;

}  // namespace

Worker::Worker(std::shared_ptr<ServerShared> shared, std::size_t number)
    : shared_(std::move(shared)), number_(number) {}

void Worker::listen(const tcp::endpoint& endpoint, bool share_port) {
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  if (share_port) acceptor_.set_option(ReusePort(true));
  acceptor_.set_option(tcp::no_delay(true));  // what is accepted has it, too
  acceptor_.bind(endpoint);
  acceptor_.listen(4096);
}

void Worker::adopt(const tcp& protocol, int descriptor) {
  const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (own < 0) throw boost::system::system_error(errno, boost::system::system_category());
  acceptor_.assign(protocol, own);
  acceptor_.set_option(tcp::no_delay(true));  // what is accepted has it, too
  adopted_ = true;
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
    net::co_spawn(context_, end_accepting(), net::detached);
    for (const auto& member : connections_) member.connection->drain();
    ticker_.cancel();
  });
}

net::awaitable<void> Worker::end_accepting() {
  if (shared_->options.reuse_port && !adopted_) {
    prefer_successor(acceptor_.native_handle(), shared_->options.threads);
    net::steady_timer handover(context_,
                               std::min(shared_->options.shutdown_idle_timeout, shared_->options.shutdown_grace));
    co_await handover.async_wait(net::as_tuple(net::use_awaitable));
    prefer_successor(acceptor_.native_handle(), shared_->options.threads);  // whoever evened meanwhile
  }
  accepting_ = false;
  boost::system::error_code ignored;
  acceptor_.cancel(ignored);
}

net::awaitable<void> Worker::empty_queue() {
  boost::system::error_code ec;
  acceptor_.non_blocking(true, ec);
  while (!ec) {
    tcp::endpoint peer;
    auto socket = acceptor_.accept(context_, peer, ec);
    if (!ec) co_await receive(std::move(socket), peer.address());
  }
}

void Worker::close_acceptor() {
  // release() takes it out of epoll, which close() leaves to the kernel; but that forgets no socket that others hold.
  boost::system::error_code ec;
  const auto descriptor = acceptor_.release(ec);
  if (!ec) ::close(descriptor);
  ticker_.cancel();
}

net::awaitable<void> Worker::accept() {
  while (accepting_) {
    tcp::endpoint peer;
    auto [ec, socket] = co_await acceptor_.async_accept(peer, net::as_tuple(net::use_awaitable));
    if (ec && !accepting_) break;
    if (ec) {
      // Out of descriptors, say: who comes waits in the kernel's queue, and who holds one for nothing gives way.
      shared_->complaints.log(Complaint::accept_failed, ec.message());
      if (ec == net::error::no_descriptors) co_await make_room(kGiveWayOfFiles);
      net::steady_timer pause(context_, kPauseAfterFailedAccept);
      co_await pause.async_wait(net::as_tuple(net::use_awaitable));
      continue;
    }
    try {
      co_await receive(std::move(socket), peer.address());
    } catch (const std::exception& error) {  // out of memory, say: the next ones are to be accepted all the same
      shared_->complaints.log(Complaint::connection_failed, error.what());
    }
  }
  try {
    if (!adopted_) co_await empty_queue();  // else the next process serves who waits there
  } catch (const std::exception& error) {
    shared_->complaints.log(Complaint::connection_failed, error.what());
  }
  close_acceptor();
}

net::awaitable<void> Worker::receive(tcp::socket socket, net::ip::address peer) {
  const auto& options = shared_->options;
  const bool proxy = options.is_trusted_proxy(peer);
  if (options.proxy_protocol && !proxy) {
    shared_->complaints.log(Complaint::no_proxy, peer.to_string());
    co_return;
  }
  std::optional<AddressQuota::Place> place;
  if (!proxy) {
    auto taken = shared_->quota.take(peer);
    if (!taken) {
      shared_->complaints.log(Complaint::client_has_too_many, peer.to_string());
      turn_away(std::move(socket));
      co_return;
    }
    place.emplace(*std::move(taken));
  }
  if (is_full()) co_await make_room(1);
  if (is_full()) {
    shared_->complaints.log(Complaint::full, peer.to_string());
    turn_away(std::move(socket));
    co_return;
  }
  net::co_spawn(context_, serve(std::move(socket), peer, std::move(place)), net::detached);
}

bool Worker::is_full() const {
  return shared_->connections.load(std::memory_order_relaxed) >= shared_->options.max_connections;
}

net::awaitable<void> Worker::make_room(std::size_t most) {
  // Nothing keeps the line in order while requests come and go. Who has waited ever since it was last looked at has
  // waited longest; others go to its end. Where none of a sample has, that of it which has waited longest will do.
  const auto now = std::chrono::steady_clock::now();
  std::size_t ended = 0;
  std::optional<SteadyTime> longest;
  Connection* second_best = nullptr;
  for (auto looks = std::min(kMostLooks, connections_.size()); looks > 0 && ended < most; --looks) {
    const auto first = connections_.begin();
    const auto since = first->connection->waiting_since();
    if (since && *since <= first->looked_at) {
      first->connection->abort();
      ++ended;
    } else if (since && (!longest || *since < *longest)) {
      longest = since;
      second_best = first->connection;
    }
    move_to_end(first, now);
  }
  if (ended == 0 && second_best != nullptr) second_best->abort();
  co_await net::post(context_, net::use_awaitable);  // behind what ends them
}

void Worker::move_to_end(Line::iterator member, SteadyTime now) {
  if (next_ == member) ++next_;
  member->looked_at = now;
  connections_.splice(connections_.end(), connections_, member);
}

net::awaitable<void> Worker::serve(tcp::socket socket, net::ip::address peer,
                                   std::optional<AddressQuota::Place> place) {
  Connection connection(std::move(socket), std::move(peer), shared_, std::move(place), number_);
  const auto self = connections_.insert(connections_.end(), {&connection, std::chrono::steady_clock::now()});
  ++shared_->connections;
  shared_->traffic.count_connection();
  try {
    co_await connection.run();
  } catch (const std::exception& error) {
    telemetry::log(telemetry::Level::error, "connection failed", {{"cause", error.what()}});
  }
  --shared_->connections;
  if (next_ == self) ++next_;
  connections_.erase(self);
  if (stopping_) ticker_.cancel();
}

net::awaitable<void> Worker::tick() {
  for (int ticks = 1; acceptor_.is_open() || !connections_.empty(); ++ticks) {
    ticker_.expires_after(kTick);
    co_await ticker_.async_wait(net::as_tuple(net::use_awaitable));
    const auto now = std::chrono::steady_clock::now();
    if (shared_->options.reuse_port && !adopted_ && !stopping_ && ticks % kTicksBetweenEvenings == 0) {
      even_out(acceptor_.native_handle());
    }
    if (now >= grace_ends_ && !acceptor_.is_open()) {
      for (const auto& member : connections_) member.connection->abort();
      break;
    }
    co_await expire(now);
  }
  close_parts(context_);  // connections to the stores would keep run() from returning
}

net::awaitable<void> Worker::expire(SteadyTime now) {
  next_ = connections_.begin();
  const auto all = connections_.size();
  for (std::size_t seen = 1; seen <= all && next_ != connections_.end(); ++seen) {
    auto* connection = next_->connection;
    ++next_;
    connection->expire(now);
    if (seen % kExpireAtOnce == 0) co_await net::post(context_, net::use_awaitable);
  }
}

void Worker::turn_away(tcp::socket socket) const {
  const auto id = new_request_id();
  const auto response = problem(ErrorCode::overloaded, id);
  shared_->dispatcher.count_refusal(ErrorCode::overloaded);
  std::string bytes;
  shared_->wire.append(bytes, response, id, {.keep_alive = false});
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(net::buffer(bytes), ignored);
}

}  // namespace secureauth::http
