#include "audit/push/syslog_connection.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <thread>

namespace secureauth::audit {
namespace {

using Tcp = net::ip::tcp;

/// A receiver of this process's own, which does the same with every connection.
class SyslogConnectionTest : public testing::Test {
 protected:
  using Way = std::function<void(Tcp::socket&)>;

  SyslogConnection::Outcome deliver_to(const Way& way, const std::string& text) {
    std::thread receiver([&] {
      auto socket = acceptor_.accept();
      way(socket);
    });
    SyslogConnection connection(settings(), std::chrono::seconds(5));
    auto outcome = connection.deliver(text);
    receiver.join();
    return outcome;
  }

  [[nodiscard]] SyslogSettings settings() const {
    SyslogSettings settings;
    settings.host = "127.0.0.1";
    settings.port = acceptor_.local_endpoint().port();
    return settings;
  }

  static void read_to_the_end(Tcp::socket& socket) {
    std::array<char, 4096> part{};
    boost::system::error_code error;
    while (!error) socket.read_some(net::buffer(part), error);
  }

  net::io_context context_;
  Tcp::acceptor acceptor_{context_, Tcp::endpoint(net::ip::address_v4::loopback(), 0)};
};

TEST_F(SyslogConnectionTest, WhoReadsToTheEndAndClosesHasReceived) {
  const auto outcome = deliver_to(&SyslogConnectionTest::read_to_the_end, std::string(1'000'000, 'x'));
  EXPECT_EQ(outcome.failure, "");
}

/// More than the systems between hold for a receiver that does not read: its end comes before ours.
TEST_F(SyslogConnectionTest, WhoClosesBeforeOurEndHasReceivedNothing) {
  const auto hasty = [](Tcp::socket& socket) {
    socket.shutdown(Tcp::socket::shutdown_send);
    read_to_the_end(socket);
  };
  std::string much;
  much.resize(16'000'000, 'x');
  EXPECT_EQ(deliver_to(hasty, much).failure, "closed the connection before the end");
}

/// Everything is written, into the systems between; its farewell comes, and the reset that answers what it has not
/// read, only then.
TEST_F(SyslogConnectionTest, WhoseSystemHasNotTakenEverythingHasReceivedNothing) {
  acceptor_.set_option(net::socket_base::receive_buffer_size(4096));
  const auto deaf = [](Tcp::socket& socket) {
    const auto a_moment = std::chrono::milliseconds(50);
    std::this_thread::sleep_for(a_moment);
    socket.shutdown(Tcp::socket::shutdown_send);
    std::this_thread::sleep_for(a_moment);
  };
  EXPECT_NE(deliver_to(deaf, std::string(500'000, 'x')).failure, "");
}

TEST_F(SyslogConnectionTest, WhoResetsHasReceivedNothing) {
  const auto reset = [](Tcp::socket& socket) {
    std::array<char, 3> part{};
    socket.read_some(net::buffer(part));
    socket.set_option(net::socket_base::linger(true, 0));
  };
  EXPECT_NE(deliver_to(reset, "5 <86>1").failure, "");
}

TEST_F(SyslogConnectionTest, AnAbortedOneSendsNoMore) {
  SyslogConnection connection(settings(), std::chrono::seconds(5));
  connection.abort();
  EXPECT_TRUE(connection.deliver("5 <86>1").stopped);
}

}  // namespace
}  // namespace secureauth::audit
