#pragma once

#include "core/net.hpp"
#include "ephemeral/redis/codec.hpp"
#include "ephemeral/redis/options.hpp"
#include "ephemeral/redis/reply.hpp"
#include "ephemeral/redis/stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace secureauth::ephemeral::redis {

/// Who a connection is to the server.
struct Login {
  std::string username;                           ///< empty: the default user
  const crypto::SecretBytes* password = nullptr;  ///< null or empty: none
  int database = 0;
  bool must_be_master = false;  ///< what greets as a replica is refused
};

/// The life of one connection: opened once, used until it is lost, never reused. All commands are pipelined over it:
/// what is asked in one turn of the event loop goes out in one write. Used from its executor's thread only.
class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Timeouts {
    std::chrono::milliseconds connect;  ///< from `begin` to the end of `open`
    std::chrono::milliseconds command;
  };

  /// A link whose time to be opened runs. `tls` null: plain.
  static std::shared_ptr<Link> begin(const net::any_io_executor& executor, net::ssl::context* tls, Timeouts timeouts);

  /// Connects and greets the server (HELLO 3, AUTH, SELECT). Throws RedisUnavailable, also when the time is over.
  net::awaitable<void> open(Endpoint endpoint, Login login);

  /// Reads until the connection is lost, which it throws as RedisUnavailable. Pushed messages go to `on_push`.
  net::awaitable<void> serve(std::function<void(const Reply&)> on_push);

  /// Sends an encoded command (or several) and waits for the last of its `replies`. Before `open` has ended it waits
  /// for that too, for the connect timeout altogether. Throws RedisUnavailable; an error of the server is returned as a
  /// Reply.
  net::awaitable<Reply> execute(std::string wire, std::size_t replies = 1);

  /// Sends an encoded command whose answers come as pushes.
  void send(std::string_view wire);

  /// Ends the connection; whatever waits on it throws RedisUnavailable(reason). Only the first reason counts.
  void lose(const std::string& reason) noexcept;

  [[nodiscard]] bool is_open() const { return state_ == State::open; }
  [[nodiscard]] bool is_idle() const { return waiting_.empty(); }
  [[nodiscard]] bool is_lost() const { return state_ == State::lost; }

 private:
  Link(const net::any_io_executor& executor, net::ssl::context* tls, Timeouts timeouts);
  enum class State { opening, open, lost };
  using Clock = std::chrono::steady_clock;
  using Resume = net::async_result<net::use_awaitable_t<>, void()>::handler_type;
  struct Waiting {
    Resume resume;  ///< owns the waiting coroutine
    std::optional<Reply>* answer;
    std::size_t replies;
    Clock::time_point due;  ///< never before that of an older one
  };

  net::awaitable<void> greet(Login login);
  net::awaitable<Reply> next_reply();
  void require_room(std::size_t bytes) const;
  void gather(std::string_view wire);
  void flush();
  void deliver(Reply reply);
  void watch(Clock::time_point until);
  void on_time();

  net::any_io_executor executor_;
  Stream stream_;
  Timeouts timeouts_;
  net::steady_timer timer_;
  Reader reader_;
  State state_ = State::opening;
  std::string lost_because_;

  std::string gathering_;  ///< asked, not yet being written
  std::string sending_;    ///< being written
  bool flush_due_ = false;
  bool watched_ = false;         ///< the timer runs
  bool held_up_ = false;         ///< the timer came late and was given a little more
  std::deque<Waiting> waiting_;  ///< oldest first: the server answers in order
};

}  // namespace secureauth::ephemeral::redis
