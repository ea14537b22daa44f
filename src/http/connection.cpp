#include "http/connection.hpp"

#include "core/ascii.hpp"
#include "http/problem.hpp"
#include "http/proxy_protocol.hpp"
#include "http/request_id.hpp"
#include "http/trace_context.hpp"
#include "http/user_agent.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace secureauth::http {
namespace {

using net::ip::tcp;
constexpr auto kUseTuple = net::as_tuple(net::use_awaitable);

constexpr std::size_t kReadSize = 2048;      // an idle connection's whole buffer: ten thousand must fit in 64 MiB
constexpr std::size_t kKeptCapacity = 4096;  // larger buffers are given back between requests
constexpr std::size_t kMostUnusedBodyBytes = 16384;  // a chunk header that never ends

constexpr auto kLinger = std::chrono::seconds(1);
constexpr std::size_t kMostLingeringBytes = std::size_t{256} * 1024;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Buffers carry cookies and passwords: what is used up is wiped, not just left behind the string's end.

void forget_back(std::string& buffer, std::size_t kept) {
  sodium_memzero(buffer.data() + kept, buffer.size() - kept);
  buffer.resize(kept);
}

void forget_front(std::string& buffer, std::size_t used) {
  const auto kept = buffer.size() - used;
  std::memmove(buffer.data(), buffer.data() + used, kept);
  forget_back(buffer, kept);
}

}  // namespace

Connection::Connection(tcp::socket socket, net::ip::address peer, std::shared_ptr<ServerShared> shared,
                       std::optional<AddressQuota::Place> place, std::size_t thread)
    : socket_(std::move(socket)),
      shared_(std::move(shared)),
      peer_(std::move(peer)),
      tally_(shared_->traffic.of(thread)),
      place_(std::move(place)) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  know_peer();
  enter(Phase::idle);
}

void Connection::know_peer() {
  peer_text_ = shared_->options.client_address(peer_, "");
  peer_is_proxy_ = shared_->options.is_trusted_proxy(peer_);
}

net::awaitable<void> Connection::run() {
  if (shared_->options.proxy_protocol) open_ = co_await read_proxy_header();
  while (open_) co_await serve_one();
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

net::awaitable<bool> Connection::read_proxy_header() {
  deadline_ = std::chrono::steady_clock::now() + shared_->options.head_timeout;
  auto header = http::read_proxy_header(in_);
  while (header.verdict == ProxyHeader::Verdict::incomplete) {
    const bool more = co_await read_more(in_);
    if (!more) co_return false;
    header = http::read_proxy_header(in_);
  }
  if (header.verdict == ProxyHeader::Verdict::malformed) {
    shared_->complaints.log(Complaint::proxy_header, peer_text_);
    co_return false;
  }
  forget_front(in_, header.size);
  if (header.client) {
    peer_ = *header.client;
    know_peer();
    const bool taken = co_await take_place();
    if (!taken) co_return false;
  }
  enter(Phase::idle);
  co_return true;
}

net::awaitable<bool> Connection::take_place() {
  if (peer_is_proxy_) co_return true;
  auto place = shared_->quota.take(peer_);
  if (place) {
    place_.emplace(*std::move(place));
    co_return true;
  }
  request_.client.request_id = new_request_id();
  shared_->dispatcher.count_refusal(ErrorCode::overloaded);
  const auto response = problem(ErrorCode::overloaded, request_.client.request_id);
  co_await write(response, {.keep_alive = false});
  if (open_) co_await linger();
  co_return false;
}

net::awaitable<void> Connection::serve_one() {
  HeadScanner scanner;
  request_.reset();
  auto arrival = co_await read_head(scanner);
  if (arrival && *arrival == Arrival::closed) {
    open_ = false;
    co_return;
  }
  const auto began = std::chrono::steady_clock::now();
  const Tally::InFlight in_flight(tally_);
  route_ = nullptr;
  waited_for_body_ = {};
  request_.client.request_id = new_request_id();
  request_.client.ip = peer_text_;

  RequestParser parser(request_, body_, ParserLimits{});
  Response response;
  bool keep_alive = false;
  if (!arrival) {
    response = shared_->dispatcher.refuse(request_, arrival.error());
  } else {
    // The buffer goes to the head, whose views must not move; what came behind it begins a new one.
    head_.swap(in_);
    in_.assign(head_, scanner.size());
    forget_back(head_, scanner.size());
    response = co_await respond(parser, keep_alive);
  }
  const bool chunked = response.stream && parser.takes_chunks();
  keep_alive = keep_alive && (chunked || !response.stream) && !shared_->leaving.load(std::memory_order_relaxed);
  const Wire::Framing framing{
      .keep_alive = keep_alive, .head_only = request_.method == Method::head, .chunked = chunked};
  count(response, began);
  co_await write(response, framing);
  log_access(response, began);
  release_buffers();
  if (open_ && !keep_alive) co_await linger();
  open_ = open_ && keep_alive;
  enter(Phase::idle);
}

net::awaitable<Result<Connection::Arrival>> Connection::read_head(HeadScanner& scanner) {
  const ParserLimits limits;
  while (true) {
    if (in_.starts_with("\r\n")) in_.erase(0, 2);  // RFC 9112 §2.2: an empty line before a request is skipped
    if (!in_.empty() && phase_ == Phase::idle) enter(Phase::head);
    const auto verdict = scanner.scan(in_);
    const bool too_large = (verdict == HeadScanner::Verdict::complete ? scanner.size() : in_.size()) > limits.head;
    if (too_large) co_return ErrorCode::headers_too_large;
    if (verdict == HeadScanner::Verdict::malformed) co_return ErrorCode::invalid_request;
    if (verdict == HeadScanner::Verdict::complete) {
      if (scanner.fields() > limits.fields) co_return ErrorCode::headers_too_large;
      co_return Arrival::head;
    }
    const bool more = co_await read_more(in_);
    if (more) continue;
    if (!came_too_late_for_idle()) break;
    enter(Phase::head);
  }
  if (timed_out_ && phase_ == Phase::head) co_return ErrorCode::request_timeout;
  co_return Arrival::closed;
}

bool Connection::came_too_late_for_idle() {
  if (!open_ || !timed_out_ || phase_ != Phase::idle) return false;
  boost::system::error_code ec;
  return !in_.empty() || (socket_.available(ec) > 0 && !ec);
}

net::awaitable<Response> Connection::respond(RequestParser& parser, bool& keep_alive) {
  if (const auto bad = parser.read_head(head_)) {
    describe_client();
    co_return shared_->dispatcher.refuse(request_, *bad);
  }
  describe_client();
  const bool body_present = !parser.is_done();
  auto route = shared_->dispatcher.admit(request_, {body_present, parser.declared_body()});
  // A refused request with a body that is too large, or that the client holds back, is not waited for.
  if (!route && (parser.body_exceeds_limit() || parser.wants_continue())) {
    co_return shared_->dispatcher.refuse(request_, route.error());
  }
  if (route) route_ = *route;
  if (route && !(*route)->limit.empty()) {
    enter(Phase::handling);
    if (const auto refusal = co_await shared_->dispatcher.count(**route, request_)) {
      keep_alive = !body_present && parser.keep_alive();  // nothing is read behind a refused head
      co_return shared_->dispatcher.refuse(**route, request_, *refusal);
    }
  }
  if (route) parser.limit_body((*route)->most_body);
  if (const auto bad = co_await read_body(parser)) co_return shared_->dispatcher.refuse(request_, *bad);
  keep_alive = parser.keep_alive();

  enter(Phase::handling);
  const bool options =
      request_.method == Method::options && !route && route.error().code == ErrorCode::method_not_allowed;
  if (options) co_return shared_->dispatcher.options(request_);
  if (!route) co_return shared_->dispatcher.refuse(request_, route.error());
  auto response = co_await shared_->dispatcher.answer(**route, request_, body_);
  co_return response;
}

net::awaitable<std::optional<Error>> Connection::read_body(RequestParser& parser) {
  if (parser.is_done()) co_return std::nullopt;
  enter(Phase::body);
  if (parser.wants_continue()) {
    const auto [ec, size] = co_await net::async_write(socket_, net::buffer(kContinue), kUseTuple);
    if (ec) open_ = false;
  }
  while (true) {
    const auto used = parser.read_body(in_);
    if (!used) co_return used.error();
    forget_front(in_, *used);
    if (parser.is_done()) co_return std::nullopt;
    if (in_.size() > kMostUnusedBodyBytes) co_return Error(ErrorCode::payload_too_large);
    const auto asked = std::chrono::steady_clock::now();
    const bool more = co_await read_more(in_);
    waited_for_body_ += std::chrono::steady_clock::now() - asked;
    if (!more) {
      if (!timed_out_) open_ = false;  // the client left half-way: nobody to answer
      co_return Error(ErrorCode::request_timeout);
    }
  }
}

net::awaitable<bool> Connection::read_more(std::string& into) {
  const auto before = into.size();
  into.resize(before + kReadSize);
  const auto [ec, size] =
      co_await socket_.async_read_some(net::buffer(into.data() + before, into.size() - before), kUseTuple);
  into.resize(before + (ec ? 0 : size));
  co_return !ec && !timed_out_;  // a deadline that found nothing to cancel ends the wait all the same
}

net::awaitable<void> Connection::write(const Response& response, Wire::Framing framing) {
  if (!open_) co_return;
  enter(Phase::writing);
  // One buffer a thread: nearly every answer fits the socket's buffer and is gone before anything else runs.
  thread_local std::string out;
  out.clear();
  shared_->wire.append(out, response, request_.client.request_id, framing);
  boost::system::error_code sent;
  const auto size = socket_.write_some(net::buffer(out), sent);
  if (sent && sent != net::error::would_block) {
    open_ = false;
  } else if (size < out.size()) {
    const std::string rest = out.substr(size);
    const auto [ec, written] = co_await net::async_write(socket_, net::buffer(rest), kUseTuple);
    if (ec) open_ = false;
  }
  if (!response.stream || framing.head_only) co_return;
  streams_ = true;
  co_await write_stream(response.stream, framing.chunked);
  streams_ = false;
}

net::awaitable<void> Connection::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  enter(Phase::lingering);
  std::string discarded;
  for (std::size_t total = 0; total < kMostLingeringBytes; total += discarded.size()) {
    discarded.clear();
    const bool more = co_await read_more(discarded);
    if (!more) co_return;
  }
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  timed_out_ = false;
  if (phase == Phase::handling) {
    deadline_ = SteadyTime::max();
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  since_ = now;
  const auto& options = shared_->options;
  switch (phase) {
    case Phase::idle:
      deadline_ = now + (shared_->draining.load(std::memory_order_relaxed) ? options.shutdown_idle_timeout
                                                                           : options.idle_timeout);
      break;
    case Phase::head:
      deadline_ = now + options.head_timeout;
      break;
    case Phase::body:
      deadline_ = now + options.body_timeout;
      break;
    case Phase::handling:
      break;
    case Phase::writing:
      deadline_ = now + options.write_timeout;
      break;
    case Phase::lingering:
      deadline_ = now + kLinger;
      break;
  }
}

void Connection::expire(SteadyTime now) {
  if (now < deadline_) return;
  deadline_ = SteadyTime::max();
  timed_out_ = true;
  if (phase_ == Phase::writing) return abort();
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

std::optional<SteadyTime> Connection::waiting_since() const {
  if (!place_ || !open_ || phase_ == Phase::handling) return std::nullopt;
  return since_;
}

void Connection::drain() {
  // Whether a request is on its way to an idle connection nobody can know. After an answer that said `close`, or a time
  // in which a client that is about to ask has asked, one can be as sure as HTTP allows (RFC 9112 §9.6).
  if (phase_ == Phase::idle) {
    deadline_ = std::min(deadline_, std::chrono::steady_clock::now() + shared_->options.shutdown_idle_timeout);
    return;
  }
  if (!streams_ || !open_) return;
  log_cut_off(telemetry::Level::info, "the service stops");
  cut_off();
}

void Connection::abort() {
  open_ = false;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Connection::describe_client() {
  std::string forwarded;  // several lines are one list (RFC 9110 §5.3)
  for (const auto& [name, value] : request_.headers) {
    if (!ascii::equal_ignoring_case(name, shared_->options.forwarded_field)) continue;
    if (!forwarded.empty()) forwarded += ',';
    forwarded += value;
  }
  if (!forwarded.empty()) request_.client.ip = shared_->options.client_address(peer_, forwarded);
  request_.from_trusted_proxy = peer_is_proxy_;
  request_.client.user_agent = readable_user_agent(request_.header("user-agent").value_or(""));
}

void Connection::count(const Response& response, SteadyTime began) {
  const auto took = std::chrono::steady_clock::now() - began - waited_for_body_;
  if (route_ != nullptr) {
    tally_.count(route_->number, response.status, took);
  } else {
    tally_.count(request_.method, response.status, took);
  }
}

void Connection::log_access(const Response& response, SteadyTime began) const {
  if (!telemetry::logs(telemetry::Level::info)) return;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  const auto trace = trace_of(request_);
  telemetry::log(telemetry::Level::info, "request",
                 {{"request_id", request_.client.request_id},
                  {"trace_id", trace.trace_id},
                  {"span_id", trace.span_id()},
                  trace.foreign_field(),
                  {"method", request_.method_name},
                  {"path", request_.path_for_logs()},
                  {"status", response.status},
                  {"ms", took.count()},
                  {"client", request_.client.ip}});
}

void Connection::release_buffers() {
  forget_back(body_, 0);
  if (body_.capacity() > kKeptCapacity) body_.shrink_to_fit();
  forget_back(head_, 0);             // its cookie
  if (in_.empty()) in_.swap(head_);  // an idle connection keeps one buffer
  if (in_.empty() && in_.capacity() > kKeptCapacity) in_.shrink_to_fit();
  std::string().swap(head_);
}

}  // namespace secureauth::http
