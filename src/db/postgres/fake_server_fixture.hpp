#pragma once

// For tests only.
#include "core/net.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

namespace secureauth::db::postgres {

/// What a server says, in the messages of https://www.postgresql.org/docs/15/protocol-message-formats.html.
namespace said {

inline std::string length(std::size_t size) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((size >> shift) & 0xff));
  return bytes;
}
inline std::string message(char type, const std::string& body) {
  return type + length(body.size() + 4) + body;
}
inline std::string text(std::string_view words) {
  return std::string(words) + '\0';
}
inline std::string error(std::string_view severity, std::string_view sqlstate) {
  return message('E', "S" + text(severity) + "V" + text(severity) + "C" + text(sqlstate) + "M" + text("so it is") +
                          std::string(1, '\0'));
}
inline std::string ready() {
  return message('Z', "I");
}
/// Every statement of a batch did what it was to do and gave no row.
inline std::string done(const std::string& types, std::string_view tag = "UPDATE 1") {
  std::string answer;
  for (const char type : types) {
    if (type == 'P') answer += message('1', "");
    if (type == 'B') answer += message('2', "");
    if (type == 'D') answer += message('n', "");
    if (type == 'E') answer += message('C', text(tag));
    if (type == 'S') answer += ready();
  }
  return answer;
}

}  // namespace said

/// A batch that a client sent, up to its Sync.
struct Batch {
  int connection = 0;  ///< from 1
  std::string types;   ///< one letter a message: "PBDES"
  std::string bytes;   ///< all of it

  [[nodiscard]] bool mentions(std::string_view words) const { return bytes.find(words) != std::string::npos; }
};

/// Listens on loopback, lets every client in, and answers each batch as it is told: faults that a real server shows
/// only now and then. An empty answer leaves the client waiting; `then_close` ends the connection.
class FakeServer {
 public:
  struct Answer {
    std::string bytes;
    bool then_close = false;
  };
  using Script = std::function<Answer(const Batch&)>;

  /// `admitted`: how many connections get beyond the first word; later ones are closed at once.
  explicit FakeServer(Script script, int admitted = 1000) : script_(std::move(script)), admitted_(admitted) {
    acceptor_.listen();
    thread_ = std::thread([this] { accept(); });
  }
  ~FakeServer() {
    stopping_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
    for (auto& socket : sockets_) ::shutdown(socket->native_handle(), SHUT_RDWR);
    for (auto& session : sessions_) session.join();
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  [[nodiscard]] std::string url() const {
    return "postgresql://u:p@127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/x?sslmode=disable";
  }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int batches() const { return batches_; }

 private:
  using tcp = net::ip::tcp;

  void accept() {
    while (!stopping_) {
      auto socket = std::make_shared<tcp::socket>(context_);
      boost::system::error_code ec;
      acceptor_.accept(*socket, ec);
      if (ec) continue;
      const int number = ++connections_;
      if (number > admitted_) continue;
      sockets_.push_back(socket);
      sessions_.emplace_back([this, socket, number] { serve(*socket, number); });
    }
  }

  void serve(tcp::socket& socket, int number) {
    try {
      read(socket, read_length(socket));  // the startup message
      net::write(socket,
                 net::buffer(said::message('R', std::string(4, '\0')) +
                             said::message('S', said::text("server_version") + said::text("15.4")) + said::ready()));
      for (bool open = true; open;) {
        const auto batch = read_batch(socket, number);
        ++batches_;
        const auto answer = script_(batch);
        net::write(socket, net::buffer(answer.bytes));
        open = !answer.then_close;
      }
      socket.shutdown(tcp::socket::shutdown_both);
    } catch (const boost::system::system_error&) {  // the client went first
      boost::system::error_code ignored;
      socket.shutdown(tcp::socket::shutdown_both, ignored);
    }
  }

  static std::string read(tcp::socket& socket, std::size_t size) {
    std::string bytes(size, '\0');
    net::read(socket, net::buffer(bytes));
    return bytes;
  }
  static std::size_t read_length(tcp::socket& socket) {
    std::size_t size = 0;
    for (const char byte : read(socket, 4)) size = size << 8 | static_cast<unsigned char>(byte);
    return size - 4;
  }
  static Batch read_batch(tcp::socket& socket, int number) {
    Batch batch{number, {}, {}};
    while (!batch.types.ends_with('S') && !batch.types.ends_with('Q')) {
      batch.types += read(socket, 1);
      batch.bytes += read(socket, read_length(socket));
    }
    return batch;
  }

  Script script_;
  int admitted_;
  std::atomic<int> connections_{0};
  std::atomic<int> batches_{0};
  std::atomic<bool> stopping_{false};
  net::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint(net::ip::address_v4::loopback(), 0)};
  std::vector<std::shared_ptr<tcp::socket>> sockets_;
  std::vector<std::thread> sessions_;
  std::thread thread_;
};

}  // namespace secureauth::db::postgres
