#pragma once

#include "http/head_scanner.hpp"
#include "http/request_parser.hpp"
#include "http/server.hpp"
#include "telemetry/log.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::http {

using SteadyTime = std::chrono::steady_clock::time_point;

/// One client connection: reads requests, has them answered, writes. Keep-alive and pipelining; answers in order.
/// Lives on one io thread. Deadlines are kept as a time that its Worker's ticker compares, so that a request costs no
/// timer; their grain is the tick (100 ms).
class Connection {
 public:
  /// `place`: that of the client among its connections; none for a trusted proxy. `thread`: Worker's number.
  Connection(net::ip::tcp::socket socket, net::ip::address peer, std::shared_ptr<ServerShared> shared,
             std::optional<AddressQuota::Place> place = std::nullopt, std::size_t thread = 0);

  /// Serves until either side ends it.
  net::awaitable<void> run();

  /// Called by the ticker: acts on a deadline that has passed.
  void expire(SteadyTime now);

  /// Called when the server drains: an idle connection ends when its client has said nothing for the time of the last
  /// call, a busy one after its answer. A stream has no end that could be waited for: it is cut off.
  void drain();

  /// Since when it has waited for its client: to ask, to send the rest, to take an answer. Never for a proxy's, whose
  /// connections carry many clients' requests, nor while a request is handled.
  [[nodiscard]] std::optional<SteadyTime> waiting_since() const;

  /// Ends it now, whatever it is doing.
  void abort();

 private:
  enum class Phase { idle, head, body, handling, writing, lingering };
  enum class Arrival { head, closed };

  /// Works out what `peer_` is to us.
  void know_peer();
  /// Reads what the proxy says ahead of the first request. False: it said nothing sensible in time.
  net::awaitable<bool> read_proxy_header();
  net::awaitable<bool> take_place();
  net::awaitable<void> serve_one();
  net::awaitable<Result<Arrival>> read_head(HeadScanner& scanner);
  net::awaitable<std::optional<Error>> read_body(RequestParser& parser);
  net::awaitable<Response> respond(RequestParser& parser, bool& keep_alive);
  net::awaitable<bool> read_more(std::string& into);
  /// Whether the time between requests ran out while the next one came: that one is not closed on.
  [[nodiscard]] bool came_too_late_for_idle();
  net::awaitable<void> write(const Response& response, Wire::Framing framing);
  /// Asks for a piece when the one before it was taken: what waits in memory is one piece, whatever the client does.
  net::awaitable<void> write_stream(BodyStream stream, bool chunked);
  net::awaitable<Result<std::optional<std::string>>> next_piece(BodyStream stream);
  [[nodiscard]] bool peer_has_left();
  void cut_off();
  void log_cut_off(telemetry::Level level, std::string_view cause) const;
  /// Before a close that the client does not expect: takes what it still sends for a moment, for closing with bytes
  /// unread resets the connection and the answer with it (RFC 9112 §9.6).
  net::awaitable<void> linger();
  void enter(Phase phase);
  void describe_client();
  /// Counts what was answered, and how long that took without waiting for the client.
  void count(const Response& response, SteadyTime began);
  void log_access(const Response& response, SteadyTime began) const;
  void release_buffers();

  net::ip::tcp::socket socket_;
  std::shared_ptr<ServerShared> shared_;
  net::ip::address peer_;
  std::string peer_text_;
  bool peer_is_proxy_ = false;
  std::string in_;    // bytes received and not yet used
  std::string head_;  // the head of the request being handled: its views point here
  std::string body_;
  Request request_;
  Tally& tally_;
  const Route* route_ = nullptr;            // of the request being handled
  SteadyTime::duration waited_for_body_{};  // of that request
  std::optional<AddressQuota::Place> place_;
  Phase phase_ = Phase::idle;
  SteadyTime since_ = SteadyTime::max();
  SteadyTime deadline_ = SteadyTime::max();
  bool timed_out_ = false;
  bool streams_ = false;  ///< a body that is made while it is sent
  bool open_ = true;
};

}  // namespace secureauth::http
