#pragma once

#include "core/net.hpp"
#include "ephemeral/redis/url.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::ephemeral::redis {

/// What TLS to Redis trusts: `ca_file` (PEM) or the system's store; TLS 1.2 and newer, no renegotiation.
/// Throws std::invalid_argument when the file cannot be read as certificates.
[[nodiscard]] net::ssl::context tls_context(const std::string& ca_file);

/// A TCP connection, plain or in TLS with the server's certificate and name verified. Throws
/// boost::system::system_error. Used by one thread; at most one read and one write at a time.
class Stream {
 public:
  /// `tls` null: plain. It must outlive the stream.
  Stream(const net::any_io_executor& executor, net::ssl::context* tls);

  /// Looks the name up, connects to the first address that answers, and shakes hands.
  net::awaitable<void> open(Endpoint endpoint);

  /// Reads what is there, at least one byte.
  net::awaitable<std::size_t> read_some(std::span<char> room) {
    const auto buffer = net::buffer(room.data(), room.size());
    return tls_ ? tls_->async_read_some(buffer, net::use_awaitable)
                : socket().async_read_some(buffer, net::use_awaitable);
  }

  /// Writes all of `wire`, which must stay in place, then calls `done(error, bytes)`.
  template <class Done>
  void write(const std::string& wire, Done done) {
    if (tls_) {
      net::async_write(*tls_, net::buffer(wire), std::move(done));
    } else {
      net::async_write(socket(), net::buffer(wire), std::move(done));
    }
  }

  net::awaitable<void> write(const std::string& wire);

  /// Ends what is under way, with operation_aborted, at once and without TLS's farewell.
  void close() noexcept;

 private:
  using Socket = net::ip::tcp::socket;
  Socket& socket() { return tls_ ? tls_->next_layer() : *plain_; }
  net::awaitable<std::vector<net::ip::tcp::endpoint>> look_up(Endpoint endpoint);
  net::awaitable<void> shake_hands(std::string host);

  net::ip::tcp::resolver resolver_;
  std::optional<Socket> plain_;
  std::optional<net::ssl::stream<Socket>> tls_;
  bool closed_ = false;
};

}  // namespace secureauth::ephemeral::redis
