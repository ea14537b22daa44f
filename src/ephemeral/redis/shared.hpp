#pragma once

#include "ephemeral/redis/link.hpp"
#include "ephemeral/redis/options.hpp"

#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <optional>
#include <string>

namespace secureauth::ephemeral::redis {

/// What all connections of a client share, on every thread: how to connect, and whether Redis was last seen up.
/// Thread-safe.
class Shared {
 public:
  explicit Shared(ClientOptions options) : options_(std::move(options)) {
    if (options_.url.tls) tls_.emplace(tls_context(options_.ca_file));
  }

  [[nodiscard]] const Url& url() const { return options_.url; }
  [[nodiscard]] net::ssl::context* tls() { return tls_ ? &*tls_ : nullptr; }
  [[nodiscard]] Link::Timeouts timeouts() const { return {options_.connect_timeout, options_.command_timeout}; }
  [[nodiscard]] Login login() const { return {options_.url.username, &options_.url.password, options_.url.database}; }
  [[nodiscard]] Login sentinel_login() const {
    return {options_.url.sentinel_username, &options_.url.sentinel_password, 0};
  }

  [[nodiscard]] bool is_up() const noexcept { return up_; }
  /// Each logs a change once, whichever connection sees it first.
  void note_up(const Endpoint& endpoint);
  void note_down(const Endpoint& endpoint, const std::string& reason);

 private:
  const ClientOptions options_;
  std::optional<net::ssl::context> tls_;
  std::atomic<bool> up_ = false;
  std::atomic<bool> told_down_ = false;
};

}  // namespace secureauth::ephemeral::redis
