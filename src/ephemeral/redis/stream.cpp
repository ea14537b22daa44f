#include "ephemeral/redis/stream.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/system/system_error.hpp>
#include <openssl/ssl.h>

#include <stdexcept>

namespace secureauth::ephemeral::redis {

net::ssl::context tls_context(const std::string& ca_file) {
  net::ssl::context context(net::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  context.set_verify_mode(net::ssl::verify_peer);
  boost::system::error_code error;
  if (ca_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(ca_file, error);
  }
  if (error) throw std::invalid_argument("names a file that holds no PEM certificates");
  return context;
}

Stream::Stream(const net::any_io_executor& executor, net::ssl::context* tls) : resolver_(executor) {
  if (tls != nullptr) {
    tls_.emplace(executor, *tls);
  } else {
    plain_.emplace(executor);
  }
}

net::awaitable<void> Stream::open(Endpoint endpoint) {
  const auto addresses = co_await look_up(endpoint);
  if (closed_) throw boost::system::system_error(net::error::operation_aborted);
  co_await net::async_connect(socket(), addresses, net::use_awaitable);
  if (closed_) throw boost::system::system_error(net::error::operation_aborted);
  socket().set_option(net::ip::tcp::no_delay(true));
  socket().set_option(net::socket_base::keep_alive(true));
  if (tls_) co_await shake_hands(endpoint.host);
}

net::awaitable<std::vector<net::ip::tcp::endpoint>> Stream::look_up(Endpoint endpoint) {
  std::vector<net::ip::tcp::endpoint> found;
  boost::system::error_code not_an_address;
  const auto address = net::ip::make_address(endpoint.host, not_an_address);
  if (!not_an_address) {  // spares the resolver's thread
    found.emplace_back(address, endpoint.port);
    co_return found;
  }
  const auto port = std::to_string(endpoint.port);
  const auto names = co_await resolver_.async_resolve(endpoint.host, port, net::use_awaitable);
  for (const auto& one : names) found.push_back(one.endpoint());
  co_return found;
}

net::awaitable<void> Stream::shake_hands(std::string host) {
  boost::system::error_code not_an_address;
  net::ip::make_address(host, not_an_address);
  // RFC 6066 §3: an address is no server name.
  if (not_an_address) {  // SSL_set_tlsext_host_name, without its C cast
    SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
  }
  tls_->set_verify_callback(net::ssl::host_name_verification(host));
  co_await tls_->async_handshake(net::ssl::stream_base::client, net::use_awaitable);
}

net::awaitable<void> Stream::write(const std::string& wire) {
  if (tls_) {
    co_await net::async_write(*tls_, net::buffer(wire), net::use_awaitable);
  } else {
    co_await net::async_write(socket(), net::buffer(wire), net::use_awaitable);
  }
}

void Stream::close() noexcept {
  closed_ = true;
  resolver_.cancel();
  boost::system::error_code ignored;
  socket().close(ignored);
}

}  // namespace secureauth::ephemeral::redis
