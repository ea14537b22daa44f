#pragma once

#include "ephemeral/redis/link.hpp"
#include "ephemeral/redis/options.hpp"

#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <optional>
#include <string>

namespace secureauth::ephemeral::redis {

/// What all connections of a client share, on every thread: how to connect, and how many are down.
/// Thread-safe.
class Shared {
 public:
  explicit Shared(ClientOptions options) : options_(std::move(options)) {
    if (options_.url.tls) tls_.emplace(tls_context(options_.ca_file));
  }

  [[nodiscard]] const Url& url() const { return options_.url; }
  [[nodiscard]] net::ssl::context* tls() { return tls_ ? &*tls_ : nullptr; }
  [[nodiscard]] Link::Timeouts timeouts() const { return {options_.connect_timeout, options_.command_timeout}; }
  [[nodiscard]] Login login() const {
    return {options_.url.username, &options_.url.password, options_.url.database,
            options_.url.topology == Url::Topology::sentinel};
  }
  [[nodiscard]] Login sentinel_login() const {
    return {options_.url.sentinel_username, &options_.url.sentinel_password, 0, false};
  }

  /// Whether a server that the URL does not name, but another server did, may be connected to. Without TLS a URL of
  /// this machine stays on this machine, unless the options say otherwise.
  [[nodiscard]] bool may_reach(const Endpoint& endpoint) const;

  /// A connection was lost, or could not be made. The first of several is logged.
  void note_down(const Endpoint& endpoint, const std::string& reason);
  /// One that note_down counted came back. The last of several is logged.
  void note_back(const Endpoint& endpoint);
  /// One that note_down counted is not wanted any more.
  void forget_down() noexcept { --down_; }

 private:
  const ClientOptions options_;
  std::optional<net::ssl::context> tls_;
  std::atomic<int> down_ = 0;  ///< connections, on all threads
};

}  // namespace secureauth::ephemeral::redis
