#pragma once

#include "app/components.hpp"
#include "app/metadata_watch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace secureauth::app {

/// Deletes what has run out (sessions, registrations, tokens of mailed links, mail) at the start and every ten minutes
/// (ASVS 14.2.7), and every second tells the shared cache of ended sessions that it missed. Runs on one io thread; a
/// failure is logged and tried again next time.
class Housekeeping {
 public:
  Housekeeping(net::io_context& context, Components& components);
  void start();
  /// From any thread; returns at once.
  void stop();

 private:
  using Task = net::awaitable<void> (Housekeeping::*)();
  /// Runs the task, then waits, until stop(). A task that fails is logged and comes again.
  net::awaitable<void> repeat(net::steady_timer& timer, std::chrono::seconds every, Task task);
  net::awaitable<void> clean();
  net::awaitable<void> tell_missed();
  net::awaitable<void> read_metadata();

  net::io_context& context_;
  Components& components_;
  net::steady_timer clean_timer_;
  net::steady_timer tell_timer_;
  net::steady_timer metadata_timer_;
  std::optional<MetadataWatch> metadata_watch_;  ///< where there is something to watch
  bool stopping_ = false;
};

}  // namespace secureauth::app
