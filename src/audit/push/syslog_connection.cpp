#include "audit/push/syslog_connection.hpp"

#include "crypto/quiet_errors.hpp"
#include "outgoing/curl_handle.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <openssl/ssl.h>

#include <array>
#include <linux/sockios.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace secureauth::audit {
namespace {

namespace ssl = net::ssl;

/// A peer that ended the conversation otherwise than in order.
class NotReceived : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

ssl::context tls_context(const SyslogSettings& settings) {
  const crypto::QuietErrors quiet;
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.native_handle(), outgoing::kForwardSecret);
  SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  context.set_verify_mode(ssl::verify_peer);
  context.set_verify_callback(ssl::host_name_verification(settings.host));
  boost::system::error_code error;
  if (settings.ca_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(settings.ca_file.string(), error);
  }
  if (error) throw std::runtime_error("AUDIT_SYSLOG_CA_FILE names a file that holds no PEM certificates");
  if (settings.certificate_file.empty()) return context;
  context.use_certificate_chain_file(settings.certificate_file.string(), error);
  if (error) throw std::runtime_error("AUDIT_SYSLOG_CERT_FILE names a file that holds no PEM certificate");
  context.use_private_key_file(settings.key_file.string(), ssl::context::pem, error);
  if (error) throw std::runtime_error("AUDIT_SYSLOG_KEY_FILE names a file that holds no key of that certificate");
  return context;
}

/// Nothing was heard of the receiver's end before ours was sent: who closes early has not read.
void require_open(int socket) {
  char byte = 0;
  const auto got = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got == 0) throw NotReceived("closed the connection before the end");
}

/// Waits until the receiver's system has taken every byte. One that closed without reading them answers them by a
/// reset, which may come after its farewell.
net::awaitable<void> all_taken(int socket) {
  net::steady_timer timer(co_await net::this_coro::executor);
  while (true) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) throw NotReceived("reset the connection before it had read everything");
    int unsent = 0;
    if (::ioctl(socket, SIOCOUTQ, &unsent) != 0 || unsent == 0) co_return;
    timer.expires_after(std::chrono::milliseconds(5));
    co_await timer.async_wait(net::use_awaitable);
  }
}

}  // namespace

/// One connection's course.
struct SyslogConnection::Attempt {
  const char* stage = "could not be connected to";
  std::optional<Outcome> outcome;
};

SyslogConnection::SyslogConnection(const SyslogSettings& settings, std::chrono::seconds timeout)
    : host_(settings.host), port_(settings.port), timeout_(timeout) {
  if (settings.tls) tls_.emplace(tls_context(settings));
}

SyslogConnection::Outcome SyslogConnection::deliver(const std::string& text) {
  net::io_context context{1};
  {
    const std::scoped_lock lock(mutex_);
    if (aborted_) return {.failure = "the service stops", .stopped = true};
    running_ = &context;
  }
  Attempt attempt;
  net::co_spawn(context, talk(attempt, text), [](const std::exception_ptr&) {});
  context.run_for(timeout_);
  const std::scoped_lock lock(mutex_);
  running_ = nullptr;
  if (attempt.outcome) return *attempt.outcome;
  if (aborted_) return {.failure = "the service stops", .stopped = true};
  return {.failure = std::string("timed out: it ") + attempt.stage};
}

void SyslogConnection::abort() {
  const std::scoped_lock lock(mutex_);
  aborted_ = true;
  if (running_ != nullptr) running_->stop();
}

net::awaitable<void> SyslogConnection::talk(Attempt& attempt, const std::string& text) {
  try {
    if (tls_) {
      co_await talk_tls(attempt, text);
    } else {
      co_await talk_plain(attempt, text);
    }
    if (!attempt.outcome) attempt.outcome.emplace();
  } catch (const boost::system::system_error& error) {
    if (!attempt.outcome)
      attempt.outcome = Outcome{.failure = std::string(attempt.stage) + ": " + error.code().message()};
  } catch (const NotReceived& error) {
    attempt.outcome = Outcome{.failure = error.what()};
  }
}

net::awaitable<void> SyslogConnection::connect(Attempt& attempt, Socket& socket) {
  const auto executor = co_await net::this_coro::executor;
  net::ip::tcp::resolver resolver(executor);
  const auto port = std::to_string(port_);
  const auto found = co_await resolver.async_resolve(host_, port, net::use_awaitable);
  co_await net::async_connect(socket, found, net::use_awaitable);
  socket.set_option(net::ip::tcp::no_delay(true));
  attempt.stage = "did not take everything";
}

net::awaitable<void> SyslogConnection::talk_plain(Attempt& attempt, const std::string& text) {
  const auto executor = co_await net::this_coro::executor;
  Socket socket(executor);
  co_await connect(attempt, socket);
  co_await net::async_write(socket, net::buffer(text), net::use_awaitable);
  require_open(socket.native_handle());
  socket.shutdown(Socket::shutdown_send);
  attempt.stage = "did not close its side";
  std::array<char, 1024> ignored{};
  while (true) {
    const auto [error, bytes] =
        co_await socket.async_read_some(net::buffer(ignored), net::as_tuple(net::use_awaitable));
    if (error == net::error::eof) break;
    if (error) throw boost::system::system_error(error);
  }
  co_await all_taken(socket.native_handle());
}

net::awaitable<void> SyslogConnection::talk_tls(Attempt& attempt, const std::string& text) {
  const auto executor = co_await net::this_coro::executor;
  ssl::stream<Socket> stream(executor, *tls_);
  co_await connect(attempt, stream.next_layer());
  attempt.stage = "could not be trusted";
  // RFC 6066 §3: an address is no server name. SSL_set_tlsext_host_name, without its C cast.
  boost::system::error_code not_an_address;
  net::ip::make_address(host_, not_an_address);
  if (not_an_address) {
    SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host_.data());
  }
  const auto [error] = co_await stream.async_handshake(ssl::stream_base::client, net::as_tuple(net::use_awaitable));
  if (error) {
    const bool untrusted = error.category() == net::error::get_ssl_category();
    attempt.outcome = Outcome{.failure = std::string(attempt.stage) + ": " + error.message(), .untrusted = untrusted};
    co_return;
  }
  attempt.stage = "did not take everything";
  co_await net::async_write(stream, net::buffer(text), net::use_awaitable);
  require_open(stream.next_layer().native_handle());
  attempt.stage = "did not say farewell";
  // Sends close_notify and waits for the other's, which RFC 5425 §4.4 demands: a mere end of TCP is anybody's.
  co_await stream.async_shutdown(net::use_awaitable);
  // A fatal alert, such as that of TLS 1.3 to who showed no certificate, comes after our handshake and ends it as a
  // farewell does, for all that the stream says.
  if (SSL_is_init_finished(stream.native_handle()) == 0) throw NotReceived("refused it with an alert of TLS");
  co_await all_taken(stream.next_layer().native_handle());
}

}  // namespace secureauth::audit
