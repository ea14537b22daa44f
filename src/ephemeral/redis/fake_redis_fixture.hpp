#pragma once

#include "core/net.hpp"
#include "ephemeral/redis/codec.hpp"
#include "ephemeral/redis/redis_fixture.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::ephemeral::redis {

/// A server in the test's own context that answers what it is told to, byte for byte. It listens on every address, so
/// that one of them can be several nodes of a cluster.
class FakeRedis {
 public:
  explicit FakeRedis(net::io_context& context)
      : acceptor_(context, net::ip::tcp::endpoint(net::ip::tcp::v4(), 0)), endpoint_(acceptor_.local_endpoint()) {
    net::co_spawn(context, accept(), net::detached);
  }

  [[nodiscard]] std::uint16_t port() const { return endpoint_.port(); }
  void close() { acceptor_.close(); }

  /// How often a command was asked.
  [[nodiscard]] std::ptrdiff_t asked_for(const std::string& name) const { return std::ranges::count(asked, name); }

  /// By the command's name. What is not here is met with silence.
  std::map<std::string, std::string> answers{{"HELLO", "%1\r\n+role\r\n+master\r\n"}, {"PING", "+PONG\r\n"}};
  std::chrono::milliseconds delay{0};  ///< before each answer
  std::vector<std::string> asked;      ///< the commands' names

 private:
  using Socket = net::ip::tcp::socket;

  net::awaitable<void> accept() {
    try {
      while (true) {
        auto socket = co_await acceptor_.async_accept(net::use_awaitable);
        net::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), net::detached);
      }
    } catch (const boost::system::system_error&) {
      co_return;  // closed
    }
  }

  net::awaitable<void> serve(Socket socket) {
    Reader commands;  // a command is an array of texts
    net::steady_timer pause(socket.get_executor());
    try {
      while (true) {
        const auto room = commands.room();
        const auto bytes = co_await socket.async_read_some(net::buffer(room.data(), room.size()), net::use_awaitable);
        commands.received(bytes);
        while (const auto command = commands.next()) {
          const auto name = (*command)[0].text();
          asked.push_back(name);
          if (delay.count() > 0) {
            pause.expires_after(delay);
            co_await pause.async_wait(net::use_awaitable);
          }
          const auto answer = answers[name];
          co_await net::async_write(socket, net::buffer(answer), net::use_awaitable);
        }
      }
    } catch (const boost::system::system_error&) {
      co_return;  // the client is gone
    }
  }

  net::ip::tcp::acceptor acceptor_;
  net::ip::tcp::endpoint endpoint_;
};

/// A client of a fake server.
class FakeRedisFixture : public ClientFixture {
 protected:
  void TearDown() override {
    server_.close();
    ClientFixture::TearDown();
  }

  [[nodiscard]] ClientOptions options() const override {
    ClientOptions options;
    options.url.endpoints = {Endpoint{"127.0.0.1", server_.port()}};
    return options;
  }

  FakeRedis server_{context()};
};

}  // namespace secureauth::ephemeral::redis
