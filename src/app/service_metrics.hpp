#pragma once

#include "app/components.hpp"
#include "app/outage_watch.hpp"
#include "app/service_health.hpp"
#include "http/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <mutex>
#include <optional>
#include <string>

namespace secureauth::app {

/// What GET /metrics answers: what this instance counts, and what the stores hold, which it reads by itself every few
/// seconds, so that a scrape waits for nobody and costs the stores nothing, however many there are. What it last read
/// goes when it cannot read. It names nobody: no address, no account, no session (SECURITY 13.4.5, attack 42).
class ServiceMetrics {
 public:
  struct Parts {
    Components& components;
    const OutageWatch& outages;
    ServiceHealth& health;
    const http::Server& server;
  };
  /// `context`: that of the io thread that reads the stores.
  ServiceMetrics(net::io_context& context, Parts parts);

  /// Begins to read the stores.
  void start();
  /// From any thread; returns at once.
  void stop();

  /// The text of the exposition format. From any thread, at once.
  [[nodiscard]] std::string text() const;

 private:
  net::awaitable<void> read_stores();
  void expose_passwords(telemetry::Exposition& to) const;
  void expose_outages(telemetry::Exposition& to) const;
  void expose_stored(telemetry::Exposition& to) const;
  void expose_expiry(telemetry::Exposition& to) const;
  [[nodiscard]] double age(Timestamp since) const;

  net::io_context& context_;
  Parts parts_;
  Timestamp started_at_;
  net::steady_timer timer_;
  bool stopping_ = false;
  mutable std::mutex mutex_;
  ServiceHealth::Stored stored_;        ///< under mutex_
  std::optional<Timestamp> stored_at_;  ///< the same
};

}  // namespace secureauth::app
