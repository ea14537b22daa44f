#include "http/connection.hpp"
#include "http/trace_context.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace secureauth::http {

net::awaitable<void> Connection::write_stream(BodyStream stream, bool chunked) {
  std::string bytes;
  bool more = true;
  while (open_ && more) {
    if (shared_->draining.load(std::memory_order_relaxed)) {
      drain();
      co_return;
    }
    enter(Phase::handling);
    const auto piece = co_await next_piece(stream);
    if (!piece || !open_ || peer_has_left()) {
      cut_off();
      co_return;
    }
    more = piece->has_value();
    if (more && (*piece)->empty()) continue;
    bytes.clear();
    Wire::append_piece(bytes, piece->value_or(""), chunked);
    enter(Phase::writing);
    const auto [ec, written] =
        co_await net::async_write(socket_, net::buffer(bytes), net::as_tuple(net::use_awaitable));
    if (ec) open_ = false;
  }
}

net::awaitable<Result<std::optional<std::string>>> Connection::next_piece(BodyStream stream) {
  try {
    auto piece = co_await stream();
    if (!piece) log_cut_off(telemetry::Level::info, "what allowed it has ended");  // a session has, say
    co_return piece;
  } catch (const std::exception& error) {
    log_cut_off(telemetry::Level::error, error.what());
  }
  co_return ErrorCode::internal;
}

void Connection::log_cut_off(telemetry::Level level, std::string_view cause) const {
  const auto trace = trace_of(request_);
  telemetry::log(level, "answer cut off",
                 {{"request_id", request_.client.request_id},
                  {"trace_id", trace.trace_id},
                  {"span_id", trace.span_id},
                  {"path", request_.path_for_logs()},
                  {"cause", cause}});
}

// Between pieces nothing is written that would tell. Who closes his side only to ask no more is taken for gone, too, as
// nginx does.
bool Connection::peer_has_left() {
  if (!in_.empty()) return false;
  char byte = 0;
  boost::system::error_code ec;
  socket_.receive(net::buffer(&byte, 1), net::socket_base::message_peek, ec);
  return ec && ec != net::error::would_block;
}

void Connection::cut_off() {
  boost::system::error_code ignored;
  socket_.set_option(net::socket_base::linger(true, 0), ignored);  // a reset: HTTP/1.0 knows no other sign of it
  abort();
}

}  // namespace secureauth::http
