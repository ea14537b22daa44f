#pragma once

#include "app/components.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace secureauth::app {

/// Deletes what has run out (sessions, registrations, mail) at the start and every ten minutes (ASVS 14.2.7).
/// Runs on one io thread; a failure is logged and tried again next time.
class Housekeeping {
 public:
  Housekeeping(net::io_context& context, Components& components);
  void start();
  /// From any thread; returns at once.
  void stop();

 private:
  net::awaitable<void> run();

  net::io_context& context_;
  Components& components_;
  net::steady_timer timer_;
  bool stopping_ = false;
};

}  // namespace secureauth::app
