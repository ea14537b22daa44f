#include "ephemeral/redis/link.hpp"

#include "telemetry/metrics.hpp"

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::ephemeral::redis {
namespace {

// Beyond these the server cannot follow: better to fail at once than to queue.
constexpr std::size_t kMostWaiting = 32U << 10U;
constexpr std::size_t kMostUnsent = 64U << 20U;
// A timer that comes later than this found its own thread held up, not the server: answers may lie unread. So it waits
// once more, and once only: a thread that is always busy must notice a dead server too.
constexpr std::chrono::milliseconds kHeldUp{20};

/// Holds a password while it is being sent.
struct Wiped {
  std::string wire;

  explicit Wiped(std::string text) : wire(std::move(text)) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { OPENSSL_cleanse(wire.data(), wire.size()); }
};

std::string greeting(const Login& login) {
  std::vector<std::string_view> hello{"HELLO", "3"};
  if (login.password != nullptr && !login.password->empty()) {
    const std::string_view user = login.username.empty() ? std::string_view("default") : login.username;
    hello.insert(hello.end(), {"AUTH", user, login.password->reveal()});
  }
  hello.insert(hello.end(), {"SETNAME", "secureauth"});
  std::string wire;
  append_command(wire, hello);
  if (login.database != 0) {
    const auto database = std::to_string(login.database);
    append_command(wire, std::array<std::string_view, 2>{"SELECT", database});
  }
  return wire;
}

bool says(const Reply& greeting, std::string_view name, std::string_view value) {
  const auto& said = greeting.find(name);
  return said.kind() == Reply::Kind::text && said.text() == value;
}

}  // namespace

Link::Link(const net::any_io_executor& executor, net::ssl::context* tls, Timeouts timeouts)
    : executor_(executor), stream_(executor, tls), timeouts_(timeouts), timer_(executor) {}

std::shared_ptr<Link> Link::begin(const net::any_io_executor& executor, net::ssl::context* tls, Timeouts timeouts) {
  std::shared_ptr<Link> link(new Link(executor, tls, timeouts));
  link->watch(Clock::now() + timeouts.connect);
  return link;
}

net::awaitable<void> Link::open(Endpoint endpoint, Login login) {
  const auto self = shared_from_this();
  if (state_ != State::opening) throw RedisUnavailable(lost_because_);
  try {
    co_await stream_.open(endpoint);
    co_await greet(login);
  } catch (const boost::system::system_error& error) {
    lose("Redis cannot be reached: " + error.code().message());
  } catch (const ProtocolError& error) {
    lose(std::string("what answered is no Redis server: ") + error.what());
  }
  if (state_ != State::opening) throw RedisUnavailable(lost_because_);
  state_ = State::open;
  telemetry::metrics().redis_connects.add();
  const auto now = Clock::now();
  for (auto& one : waiting_) one.due = std::min(one.due, now + timeouts_.command);
  timer_.cancel();
  watched_ = false;
  if (!waiting_.empty()) watch(waiting_.front().due);
  flush();
}

net::awaitable<void> Link::greet(Login login) {
  const Wiped hello{greeting(login)};
  const std::size_t replies = login.database == 0 ? 1 : 2;
  co_await stream_.write(hello.wire);
  for (std::size_t i = 0; i < replies; ++i) {
    const auto reply = co_await next_reply();
    if (reply.is_error()) {
      lose("Redis refused the greeting: " + reply.error_code());
      co_return;
    }
    if (i > 0) continue;  // SELECT's
    if (reply.kind() != Reply::Kind::map) {
      lose("what answered is no Redis server: its greeting is no map");
      co_return;
    }
    if (login.must_be_master && !says(reply, "role", "master")) {
      lose("the server is not the master");
      co_return;
    }
  }
}

net::awaitable<Reply> Link::next_reply() {
  while (true) {
    if (auto reply = reader_.next()) co_return *std::move(reply);
    const auto bytes = co_await stream_.read_some(reader_.room());
    reader_.received(bytes);
  }
}

net::awaitable<void> Link::serve(std::function<void(const Reply&)> on_push) {
  const auto self = shared_from_this();
  try {
    while (state_ == State::open) {
      auto reply = co_await next_reply();
      if (state_ != State::open) break;  // lost meanwhile: whoever hears pushes may be gone
      if (reply.kind() != Reply::Kind::push) {
        deliver(std::move(reply));
      } else if (on_push) {
        on_push(reply);
      }
    }
  } catch (const boost::system::system_error& error) {
    lose("the connection to Redis was lost: " + error.code().message());
  } catch (const RedisUnavailable& error) {
    lose(error.what());
  } catch (const std::exception& error) {  // ProtocolError, or a push that `on_push` could not read
    lose(std::string("Redis sent what is no RESP3: ") + error.what());
  }
  throw RedisUnavailable(lost_because_);
}

net::awaitable<Reply> Link::execute(std::string wire, std::size_t replies) {
  const auto self = shared_from_this();
  require_room(wire.size());
  gather(wire);
  telemetry::metrics().redis_commands.add();

  std::optional<Reply> answer;  // stays empty when the connection is lost
  auto initiate = [this, replies, &answer](auto handler) {
    const auto due = Clock::now() + (state_ == State::opening ? timeouts_.connect : timeouts_.command);
    waiting_.push_back(Waiting{std::move(handler), &answer, replies, due});
    telemetry::metrics().redis_in_flight.add(1);
    if (!watched_) watch(due);
  };
  co_await net::async_initiate<const net::use_awaitable_t<>, void()>(std::move(initiate), net::use_awaitable);
  if (!answer) {
    telemetry::metrics().redis_failures.add();
    throw RedisUnavailable(lost_because_);
  }
  co_return *std::move(answer);
}

void Link::send(std::string_view wire) {
  require_room(wire.size());
  gather(wire);
}

void Link::require_room(std::size_t bytes) const {
  if (state_ == State::lost) throw RedisUnavailable(lost_because_);
  if (waiting_.size() >= kMostWaiting || gathering_.size() + bytes > kMostUnsent) {
    throw RedisUnavailable("too many commands wait for Redis");
  }
}

void Link::gather(std::string_view wire) {
  gathering_ += wire;
  if (flush_due_ || !sending_.empty() || state_ != State::open) return;
  flush_due_ = true;
  net::post(executor_, [self = shared_from_this()] {
    self->flush_due_ = false;
    self->flush();
  });
}

void Link::flush() {
  if (state_ != State::open || !sending_.empty() || gathering_.empty()) return;
  std::swap(sending_, gathering_);
  stream_.write(sending_, [self = shared_from_this()](boost::system::error_code error, std::size_t) {
    self->sending_.clear();
    if (error) {
      self->lose("the connection to Redis was lost: " + error.message());
    } else {
      self->flush();
    }
  });
}

void Link::deliver(Reply reply) {
  if (waiting_.empty()) {  // what is sent without waiting is answered by pushes, and by errors
    if (reply.is_error()) throw RedisUnavailable("Redis refused a command: " + reply.error_code());
    throw ProtocolError("an answer that nobody asked for");
  }
  auto& oldest = waiting_.front();
  if (--oldest.replies > 0) return;
  *oldest.answer = std::move(reply);
  auto resume = std::move(oldest.resume);
  waiting_.pop_front();
  telemetry::metrics().redis_in_flight.add(-1);
  net::post(std::move(resume));
}

void Link::watch(Clock::time_point until) {
  watched_ = true;
  timer_.expires_at(until);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    if (const auto self = weak.lock(); self && !error) self->on_time();
  });
}

void Link::on_time() {
  if (state_ == State::lost) return;
  watched_ = false;
  const auto now = Clock::now();
  const bool late = now - timer_.expiry() > kHeldUp;
  if (late && !std::exchange(held_up_, true)) {
    watch(now + kHeldUp);
    return;
  }
  held_up_ = false;
  if (state_ == State::opening) {
    lose("Redis did not answer in time to be connected");
  } else if (!waiting_.empty()) {
    const auto due = waiting_.front().due;
    if (due <= now) {
      lose("Redis did not answer in time");
    } else {
      watch(due);
    }
  }
}

void Link::lose(const std::string& reason) noexcept {
  if (state_ == State::lost) return;
  state_ = State::lost;
  lost_because_ = reason;
  telemetry::metrics().redis_losses.add();
  telemetry::metrics().redis_in_flight.add(-std::ssize(waiting_));
  timer_.cancel();
  stream_.close();
  gathering_.clear();
  for (auto& one : std::exchange(waiting_, {})) net::post(std::move(one.resume));
}

}  // namespace secureauth::ephemeral::redis
