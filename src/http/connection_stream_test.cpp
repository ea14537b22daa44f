#include "http/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace secureauth::http {
namespace {

using net::ip::tcp;

constexpr std::size_t kPiece = std::size_t{64} * 1024;
constexpr int kMany = 2000;  // pieces: more than the sockets between take

using Piece = Result<std::optional<std::string>>;

/// How often a body was asked for its next piece.
struct Asked {
  int times = 0;
};

Response streamed(BodyStream stream) {
  Response response;
  response.content = Content::json_lines;
  response.stream = std::move(stream);
  return response;
}

BodyStream pieces(Asked& asked, int count, std::string piece) {
  return [&asked, count, piece = std::move(piece)]() -> net::awaitable<Piece> {
    if (asked.times++ == count) co_return std::nullopt;
    co_return std::optional(piece);
  };
}

class ConnectionStreamTest : public testing::Test {
 protected:
  ConnectionStreamTest() {
    tcp::acceptor acceptor(context_, tcp::endpoint(net::ip::address_v4::loopback(), 0));
    peer_.connect(acceptor.local_endpoint());
    tcp::endpoint from;
    auto accepted = acceptor.accept(from);
    connection_.emplace(std::move(accepted), from.address(), shared_);
    net::co_spawn(
        context_, [this]() -> net::awaitable<void> { co_await connection_->run(); }, [this](auto) { ended_ = true; });
    peer_.non_blocking(true);
  }

  std::shared_ptr<ServerShared> shared_parts() {
    Router router;
    const auto add = [&router](const char* path, std::function<BodyStream()> make) {
      router.add({Method::get, path, Body::none, [make](Request&) -> net::awaitable<Result<Response>> {
                    auto response = streamed(make());
                    co_return response;
                  }});
    };
    add("/short", [this] { return pieces(asked_, 2, "{}\n"); });
    add("/long", [this] { return pieces(asked_, kMany, std::string(kPiece, 'x')); });
    add("/searching", [this]() -> BodyStream {
      return [this]() -> net::awaitable<Piece> {
        ++asked_.times;
        net::steady_timer pause(context_, std::chrono::milliseconds(1));
        co_await pause.async_wait(net::use_awaitable);
        co_return std::optional(std::string());
      };
    });
    add("/refused",
        []() -> BodyStream { return []() -> net::awaitable<Piece> { co_return ErrorCode::unauthenticated; }; });
    add("/failing", []() -> BodyStream {
      return []() -> net::awaitable<Piece> {
        throw std::runtime_error("the store is gone");
        co_return std::nullopt;
      };
    });
    const SitePolicy site({.own_origin = "http://localhost", .frontend_origins = {}, .hosts = {"localhost"}});
    ServerOptions options{.listen_address = "127.0.0.1",
                          .head_timeout = std::chrono::hours(1),
                          .body_timeout = std::chrono::hours(1),
                          .idle_timeout = std::chrono::hours(1),
                          .write_timeout = std::chrono::hours(1),
                          .forwarded_field = "x-forwarded-for",
                          .client_address = [](const net::ip::address&, std::string_view) { return std::string(); },
                          .is_trusted_proxy = [](const net::ip::address&) { return false; }};
    return std::make_shared<ServerShared>(std::move(options), Dispatcher(std::move(router), site, nullptr),
                                          Wire(false));
  }

  void send(std::string_view bytes) { net::write(peer_, net::buffer(bytes)); }

  /// Lets the connection do all that it can without the peer.
  void run_what_is_due() {
    for (int i = 0; i < 20; ++i) {
      context_.restart();
      context_.poll();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  /// What comes until there is nothing more; sets `error_` at an end.
  std::string received() {
    std::string all;
    std::array<char, 65536> some{};
    for (int quiet = 0; quiet < 3 && !error_; ++quiet) {
      run_what_is_due();
      while (true) {
        const auto size = peer_.read_some(net::buffer(some), error_);
        if (error_ == net::error::would_block) error_.clear();
        if (size == 0) break;
        all.append(some.data(), size);
        quiet = 0;
      }
    }
    return all;
  }

  static std::string request(std::string_view line) { return std::string(line) + "\r\nHost: localhost\r\n\r\n"; }

  net::io_context context_{1};
  Asked asked_;
  std::shared_ptr<ServerShared> shared_ = shared_parts();
  tcp::socket peer_{context_};
  boost::system::error_code error_;
  bool ended_ = false;
  std::optional<Connection> connection_;  // last: what it uses goes after it
};

TEST_F(ConnectionStreamTest, GoesInChunksAndTheConnectionStays) {  // RFC 9112 §7.1
  send(request("GET /short HTTP/1.1"));
  const auto answer = received();
  EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Content-Type: application/x-ndjson\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n3\r\n{}\n\r\n3\r\n{}\n\r\n0\r\n\r\n")) << answer;
  asked_ = {};
  send(request("GET /short HTTP/1.1"));
  EXPECT_TRUE(received().ends_with("0\r\n\r\n"));
  EXPECT_FALSE(ended_);
}

TEST_F(ConnectionStreamTest, ForAnOldClientTheEndOfTheConnectionEndsIt) {  // RFC 9112 §6.1: no chunks for HTTP/1.0
  send(request("GET /short HTTP/1.0\r\nConnection: keep-alive"));
  const auto answer = received();
  EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n{}\n{}\n")) << answer;
  EXPECT_EQ(error_, net::error::eof);
}

TEST_F(ConnectionStreamTest, HeadAsksForNothing) {
  send(request("HEAD /short HTTP/1.1"));
  EXPECT_TRUE(received().ends_with("\r\n\r\n"));
  EXPECT_EQ(asked_.times, 0);
}

TEST_F(ConnectionStreamTest, AClientThatDoesNotReadIsWaitedFor) {
  send(request("GET /long HTTP/1.1"));
  run_what_is_due();
  const auto asked = asked_.times;
  EXPECT_LT(asked, kMany / 2) << "nothing is made that nobody takes";
  run_what_is_due();
  EXPECT_EQ(asked_.times, asked);
  EXPECT_GT(received().size(), kPiece * kMany);
  EXPECT_EQ(asked_.times, kMany + 1);
}

TEST_F(ConnectionStreamTest, OfAClientThatLeftNothingMoreIsAsked) {
  send(request("GET /long HTTP/1.1"));
  run_what_is_due();
  const auto asked = asked_.times;
  peer_.close();
  run_what_is_due();
  EXPECT_LE(asked_.times, asked + 1);
  EXPECT_TRUE(ended_);
}

TEST_F(ConnectionStreamTest, WhileNothingIsFoundAClientThatLeftIsNoticedToo) {
  send(request("GET /searching HTTP/1.1"));
  run_what_is_due();
  EXPECT_GT(asked_.times, 1);
  EXPECT_FALSE(ended_);
  peer_.close();
  run_what_is_due();
  EXPECT_TRUE(ended_);
}

TEST_F(ConnectionStreamTest, AStopCutsItOff) {
  send(request("GET /searching HTTP/1.1"));
  run_what_is_due();
  EXPECT_FALSE(ended_);
  shared_->draining = true;
  EXPECT_EQ(received().find("0\r\n\r\n"), std::string::npos);
  EXPECT_TRUE(error_) << "nobody takes a part for the whole";
  EXPECT_TRUE(ended_);
}

TEST_F(ConnectionStreamTest, AStopWaitsForNobodyWhoDoesNotRead) {
  send(request("GET /long HTTP/1.1"));
  run_what_is_due();
  connection_->drain();
  run_what_is_due();
  EXPECT_TRUE(ended_);
}

TEST_F(ConnectionStreamTest, ABodyThatIsRefusedIsCutOffForAllToSee) {
  send(request("GET /refused HTTP/1.1"));
  EXPECT_EQ(received().find("0\r\n\r\n"), std::string::npos);
  EXPECT_TRUE(error_);
  EXPECT_TRUE(ended_);
}

TEST_F(ConnectionStreamTest, ABodyThatFailsIsCutOffToo) {
  send(request("GET /failing HTTP/1.1"));
  EXPECT_EQ(received().find("0\r\n\r\n"), std::string::npos);
  EXPECT_TRUE(error_);
}

TEST_F(ConnectionStreamTest, ABodyThatFailsIsCutOffForAnOldClientToo) {
  send(request("GET /failing HTTP/1.0"));
  received();
  EXPECT_EQ(error_, net::error::connection_reset) << "an end would look like the end of the body";
}

}  // namespace
}  // namespace secureauth::http
