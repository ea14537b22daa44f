#include "db/postgres/wire.hpp"

#include "db/postgres/fault.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/ssl.h>

#include <new>
#include <poll.h>

namespace secureauth::db::postgres {
namespace {

using Descriptor = net::posix::stream_descriptor;

// Warnings of the server would go to standard error.
void ignore_notice(void*, const PGresult*) {}

}  // namespace

net::awaitable<void> Wire::connect(Keywords keywords, Time deadline) {
  arm(deadline);
  const KeywordArrays arrays(keywords);
  handle_.reset(PQconnectStartParams(arrays.names.data(), arrays.values.data(), 0));
  if (!handle_) throw std::bad_alloc();
  PQsetNoticeReceiver(handle(), &ignore_notice, nullptr);
  if (PQstatus(handle()) == CONNECTION_BAD) throw WireLost(one_line(PQerrorMessage(handle())), false);
  for (auto next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;) {
    take_socket();
    co_await wait(next == PGRES_POLLING_READING ? Descriptor::wait_read : Descriptor::wait_write);
    release();  // libpq may go on with another socket, even under the same number
    next = PQconnectPoll(handle());
    if (next == PGRES_POLLING_FAILED) throw WireLost(one_line(PQerrorMessage(handle())), false);
  }
  take_socket();
  disarm();
  if (PQsetnonblocking(handle(), 1) != 0 || PQenterPipelineMode(handle()) != 1) {
    throw WireLost(one_line(PQerrorMessage(handle())), false);
  }
}

void Wire::take_socket() {
  if (!socket_.is_open()) socket_.assign(PQsocket(handle()));
}

void Wire::release() noexcept {
  if (socket_.is_open()) socket_.release();
}

void Wire::arm(Time deadline) {
  expired_ = false;
  timer_.expires_at(deadline);
  timer_.async_wait([weak = weak_from_this(), deadline](const boost::system::error_code& ec) {
    const auto self = weak.lock();
    // A wait that was over already when it was cancelled arrives here as a success.
    if (ec || !self || self->timer_.expiry() != deadline) return;
    self->expired_ = true;
    self->socket_.cancel();
  });
}

void Wire::require_usable() const {
  if (aborted_) throw WireLost("the connection was closed", false);
  if (expired_) throw WireLost("the server did not answer in time", true);
  if (!socket_.is_open()) throw WireLost("the connection is closed", false);
}

net::awaitable<void> Wire::wait(Descriptor::wait_type what) {
  require_usable();
  co_await socket_.async_wait(what, net::as_tuple(net::use_awaitable));
  require_usable();
}

// libpq may leave a part of a TLS record with OpenSSL, of which the socket knows nothing any more.
bool Wire::has_decrypted() const {
  auto* tls = static_cast<SSL*>(PQsslStruct(handle(), "OpenSSL"));
  return tls != nullptr && SSL_pending(tls) > 0;
}

net::awaitable<void> Wire::until_readable() {
  if (has_decrypted()) co_return;
  co_await wait(Descriptor::wait_read);
}

net::awaitable<void> Wire::until_writable_or_readable() {
  require_usable();
  // A server that waits for its answers to be read reads nothing: what arrives ends the wait as well.
  socket_.async_wait(Descriptor::wait_read, [weak = weak_from_this()](const boost::system::error_code& ec) {
    const auto self = weak.lock();
    if (!ec && self && self->socket_.is_open()) self->socket_.cancel();
  });
  co_await wait(Descriptor::wait_write);
  socket_.cancel();
}

bool Wire::has_input() const {
  pollfd socket{.fd = PQsocket(handle()), .events = POLLIN, .revents = 0};
  return socket.fd < 0 || poll(&socket, 1, 0) != 0;
}

void Wire::abort() noexcept {
  aborted_ = true;
  boost::system::error_code ignored;
  if (socket_.is_open()) socket_.cancel(ignored);
}

}  // namespace secureauth::db::postgres
