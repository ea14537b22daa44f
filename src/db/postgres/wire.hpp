#pragma once

#include "core/net.hpp"
#include "db/postgres/handles.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace secureauth::db::postgres {

/// The connection is of no more use.
class WireLost : public std::runtime_error {
 public:
  WireLost(const std::string& why, bool was_frozen) : std::runtime_error(why), frozen(was_frozen) {}
  bool frozen;  ///< the deadline passed in silence
};

/// A libpq connection whose socket is waited for on an io_context. Used by one coroutine at a time, on the context's
/// thread; held by a shared_ptr. While nobody waits, nothing is pending in the context.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Wire(const net::any_io_executor& executor) : socket_(executor), timer_(executor) {}
  ~Wire() { release(); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// Connects and authenticates. Throws WireLost with libpq's sentence.
  net::awaitable<void> connect(Keywords keywords, Time deadline);

  [[nodiscard]] PGconn* handle() const { return handle_.get(); }

  /// Until disarm(), a wait that would go past `deadline` throws WireLost.
  void arm(Time deadline);
  void disarm() { timer_.cancel(); }

  /// Each may end early: look, and wait again. Throws WireLost at the deadline or after abort().
  net::awaitable<void> until_readable();
  net::awaitable<void> until_writable_or_readable();

  /// Whether something, or the end, is there to be read now.
  [[nodiscard]] bool has_input() const;

  /// Ends every wait of now and later.
  void abort() noexcept;

 private:
  net::awaitable<void> wait(net::posix::stream_descriptor::wait_type what);
  [[nodiscard]] bool has_decrypted() const;
  void take_socket();
  void release() noexcept;
  void require_usable() const;

  net::posix::stream_descriptor socket_;  // libpq's own; given back before libpq closes it
  net::steady_timer timer_;
  ConnectionHandle handle_;
  bool expired_ = false;
  bool aborted_ = false;
};

}  // namespace secureauth::db::postgres
