#include "http/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace secureauth::http {
namespace {

using net::ip::tcp;

constexpr std::size_t kLargeAnswer = std::size_t{32} * 1024 * 1024;  // more than the sockets between take

constexpr auto kShutdownIdleTimeout = std::chrono::minutes(1);

std::shared_ptr<ServerShared> shared_parts() {
  Router router;
  router.add({Method::get, "/large", Body::none, [](Request&) -> net::awaitable<Result<Response>> {
                Response response;
                response.body.assign(kLargeAnswer, 'x');
                co_return response;
              }});
  router.add(
      {Method::get, "/small", Body::none, [](Request&) -> net::awaitable<Result<Response>> { co_return Response(); }});
  const SitePolicy site({.own_origin = "http://localhost", .frontend_origins = {}, .hosts = {"localhost"}});
  ServerOptions options{.listen_address = "127.0.0.1",
                        .head_timeout = std::chrono::hours(1),
                        .body_timeout = std::chrono::hours(1),
                        .idle_timeout = std::chrono::hours(1),
                        .write_timeout = std::chrono::hours(1),
                        .shutdown_idle_timeout = kShutdownIdleTimeout,
                        .forwarded_field = "x-forwarded-for",
                        .client_address = [](const net::ip::address&, std::string_view) { return std::string(); },
                        .is_trusted_proxy = [](const net::ip::address&) { return false; }};
  return std::make_shared<ServerShared>(std::move(options), Dispatcher(std::move(router), site, nullptr), Wire(false));
}

/// One connection whose loop the test drives by hand: nothing happens between its steps.
class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() {
    tcp::acceptor acceptor(context_, tcp::endpoint(net::ip::address_v4::loopback(), 0));
    peer_.connect(acceptor.local_endpoint());
    tcp::endpoint from;
    auto accepted = acceptor.accept(from);
    connection_.emplace(std::move(accepted), from.address(), shared_);
    net::co_spawn(
        context_, [this]() -> net::awaitable<void> { co_await connection_->run(); }, [this](auto) { ended_ = true; });
    peer_.non_blocking(true);
    run_what_is_due();
  }

  void run_what_is_due() {
    context_.restart();
    context_.poll();
  }

  void send(std::string_view bytes) { net::write(peer_, net::buffer(bytes)); }

  std::string received() {
    std::string bytes(4096, '\0');
    boost::system::error_code nothing_yet;
    bytes.resize(peer_.read_some(net::buffer(bytes), nothing_yet));
    return bytes;
  }

  net::io_context context_{1};
  std::shared_ptr<ServerShared> shared_ = shared_parts();
  tcp::socket peer_{context_};
  std::optional<Connection> connection_;
  bool ended_ = false;
};

// Attack 25. The deadline passes while bytes that are there already wait to be handed over: nothing is left to cancel.
TEST_F(ConnectionTest, BytesOnTheirWayDoNotSaveASlowHeadFromItsDeadline) {
  net::steady_timer deadline(context_, SteadyTime::min());
  deadline.async_wait([this](auto) { connection_->expire(SteadyTime::clock::now() + std::chrono::hours(2)); });
  send("GET /" + std::string(3000, 'a'));  // more than one read: the second one is done before it is waited for
  run_what_is_due();
  run_what_is_due();

  std::string status(12, '\0');
  ASSERT_GT(peer_.available(), status.size()) << "the connection waits on, without a deadline";
  net::read(peer_, net::buffer(status));
  EXPECT_EQ(status, "HTTP/1.1 408");
}

// A stop must not wait out its grace period for a client whose last answer was on its way when it began: that did not
// tell it to ask no more, so it has the idle time-out of the stop to.
TEST_F(ConnectionTest, ADrainDuringAnAnswerEndsTheConnectionAfterTheIdleTimeOfTheStop) {
  send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
  run_what_is_due();
  shared_->leaving = shared_->draining = true;
  connection_->drain();

  std::string taken(std::size_t{1024} * 1024, '\0');
  for (std::size_t total = 0; total < kLargeAnswer && !ended_;) {  // the head comes on top: the body is never short
    boost::system::error_code nothing_yet;
    total += peer_.read_some(net::buffer(taken), nothing_yet);
    run_what_is_due();
  }
  EXPECT_FALSE(ended_);
  connection_->expire(SteadyTime::clock::now() + kShutdownIdleTimeout);
  run_what_is_due();
  EXPECT_TRUE(ended_);
}

// RFC 9112 §9.6: a request that was on its way when the server chose to close would be lost, and an unsafe one never
// asked again.
TEST_F(ConnectionTest, WhatComesInTheIdleTimeOfTheStopIsAnsweredAsTheLast) {
  shared_->leaving = shared_->draining = true;
  connection_->drain();
  send("GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n");
  run_what_is_due();
  EXPECT_NE(received().find("\r\nConnection: close\r\n"), std::string::npos);
}

// What reaches the socket in the same instant as the deadline passes is answered, too.
TEST_F(ConnectionTest, WhatComesAsTheIdleTimeOfTheStopEndsIsAnswered) {
  shared_->leaving = shared_->draining = true;
  connection_->drain();
  net::steady_timer deadline(context_, SteadyTime::min());
  deadline.async_wait([this](auto) { connection_->expire(SteadyTime::clock::now() + kShutdownIdleTimeout); });
  send("GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n");
  run_what_is_due();
  run_what_is_due();
  EXPECT_TRUE(received().starts_with("HTTP/1.1 200"));
}

TEST_F(ConnectionTest, BeforeTheStopAnswersSayCloseAndIdleConnectionsStay) {
  shared_->leaving = true;
  connection_->expire(SteadyTime::clock::now() + kShutdownIdleTimeout);
  run_what_is_due();
  EXPECT_FALSE(ended_);
  send("GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n");
  run_what_is_due();
  EXPECT_NE(received().find("\r\nConnection: close\r\n"), std::string::npos);
}

}  // namespace
}  // namespace secureauth::http
