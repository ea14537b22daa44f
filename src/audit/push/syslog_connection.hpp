#pragma once

#include "audit/push/push_settings.hpp"
#include "audit/push/sink.hpp"
#include "core/net.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <mutex>
#include <optional>
#include <string>

namespace secureauth::audit {

/// Hands text to a receiver that gives no receipt, over a connection each time: everything is written, our side is
/// closed, and only a receiver that then closes its own side in order counts as having read it. A reset, a timeout, an
/// end that comes early, or one that TLS does not vouch for counts as nothing. Blocks; see Sink for threads.
class SyslogConnection {
 public:
  /// Throws std::runtime_error with one clear line where a file of the settings cannot be used.
  SyslogConnection(const SyslogSettings& settings, std::chrono::seconds timeout);

  struct Outcome {
    std::string failure;  ///< empty: received
    bool untrusted = false;
    bool stopped = false;
  };
  [[nodiscard]] Outcome deliver(const std::string& text);
  void abort();

 private:
  using Socket = net::ip::tcp::socket;
  struct Attempt;

  net::awaitable<void> talk(Attempt& attempt, const std::string& text);
  net::awaitable<void> talk_plain(Attempt& attempt, const std::string& text);
  net::awaitable<void> talk_tls(Attempt& attempt, const std::string& text);
  net::awaitable<void> connect(Attempt& attempt, Socket& socket);

  std::string host_;
  std::uint16_t port_;
  std::chrono::seconds timeout_;
  std::optional<net::ssl::context> tls_;
  std::mutex mutex_;  ///< of the two below
  net::io_context* running_ = nullptr;
  bool aborted_ = false;
};

}  // namespace secureauth::audit
