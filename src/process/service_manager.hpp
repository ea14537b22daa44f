#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::process {

/// What started this process and watches over it, where it speaks systemd's protocols; else nobody listens. It is asked
/// and told by the environment and one socket, which is opened at the start: nothing is opened or run later.
/// Source: sd_notify(3), sd_watchdog_enabled(3).
class ServiceManager {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and takes them out of the environment. Before any thread.
  /// Throws std::runtime_error for a socket that cannot be, or a time that is none.
  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /// Thread-safe, all of these. What cannot be told is not told.
  void ready(const std::string& status) const;
  void reloading() const;  ///< ready() says when that is done
  void stopping(const std::string& status) const;
  void beat() const;

  /// Within what time it wants to hear the next beat.
  [[nodiscard]] std::optional<std::chrono::microseconds> beat_limit() const { return beat_limit_; }

 private:
  void tell(const std::string& state) const;
  int socket_ = -1;
  std::optional<std::chrono::microseconds> beat_limit_;
};

/// The sockets that the process was started with: LISTEN_FDS, LISTEN_PID; both go out of the environment, so that no
/// child takes them for its own. Before any thread. Every one must be a TCP socket that listens on `address` and
/// `port`, so that what the settings say of LISTEN_ADDRESS holds for what is listened on. Empty: there are none. Throws
/// std::runtime_error with one clear sentence. Source: sd_listen_fds(3).
[[nodiscard]] std::vector<int> take_passed_sockets(const std::string& address, std::uint16_t port);

}  // namespace secureauth::process
