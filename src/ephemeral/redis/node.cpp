#include "ephemeral/redis/node.hpp"

#include "telemetry/metrics.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace secureauth::ephemeral::redis {
namespace {

constexpr Backoff::Duration kFirstPause{50};
constexpr Backoff::Duration kLongestPause{2000};
// A connection that lasted this long was a good one: its loss is a new event, not the same fault again.
constexpr std::chrono::seconds kProven{5};

}  // namespace

Node::Node(net::any_io_executor executor, std::shared_ptr<Shared> shared, Locate locate)
    : Node(std::move(executor), std::move(shared), std::move(locate), Hooks()) {}

Node::Node(net::any_io_executor executor, std::shared_ptr<Shared> shared, Locate locate, Hooks hooks)
    : executor_(std::move(executor)),
      shared_(std::move(shared)),
      locate_(std::move(locate)),
      hooks_(std::move(hooks)),
      backoff_(kFirstPause, kLongestPause),
      pause_(executor_) {}

void Node::start() {
  if (std::exchange(started_, true) || closed_) return;
  link_ = Link::begin(executor_, shared_->tls(), shared_->timeouts());
  net::co_spawn(executor_, keep(shared_from_this()), net::detached);
}

net::awaitable<Reply> Node::execute(std::string wire, std::size_t replies) {
  start();
  if (closed_) throw NotConnected("the client of Redis is closed");
  if (tried_ && !link_->is_open()) {
    telemetry::metrics().redis_failures.add();
    throw NotConnected("Redis is not connected");
  }
  return link_->execute(std::move(wire), replies);
}

void Node::renew(const std::string& reason) noexcept {
  if (link_ && link_->is_open()) link_->lose(reason);
}

void Node::close() noexcept {
  closed_ = true;
  if (std::exchange(is_down_, false)) shared_->forget_down();
  if (link_) link_->lose("the client of Redis is closed");
  pause_.cancel();
}

void Node::count_up() {
  if (std::exchange(is_down_, false)) shared_->note_back(endpoint_);
}

void Node::count_down(const std::string& reason) {
  if (closed_ || std::exchange(is_down_, true)) return;
  shared_->note_down(endpoint_, reason);
}

net::awaitable<void> Node::keep(std::shared_ptr<Node> self) {
  while (!self->closed_) {
    const auto begun = std::chrono::steady_clock::now();
    co_await live(link_);
    tried_ = true;
    if (closed_) break;
    if (std::chrono::steady_clock::now() - begun > kProven) backoff_.reset();
    boost::system::error_code closed;
    pause_.expires_after(backoff_.next());
    co_await pause_.async_wait(net::redirect_error(net::use_awaitable, closed));
    if (closed_) break;
    link_ = Link::begin(executor_, shared_->tls(), shared_->timeouts());
  }
}

net::awaitable<void> Node::live(std::shared_ptr<Link> link) {
  bool opened = false;
  try {
    endpoint_ = co_await locate_();
    co_await link->open(endpoint_, shared_->login());
    opened = tried_ = true;
    if (hooks_.is_up_when_open) count_up();
    if (hooks_.on_open) hooks_.on_open(*link);
    co_await link->serve(hooks_.on_push);
  } catch (const std::exception& error) {
    link->lose(error.what());
    count_down(error.what());
  }
  if (opened && !closed_ && hooks_.on_lost) hooks_.on_lost();
}

}  // namespace secureauth::ephemeral::redis
