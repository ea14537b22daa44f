#pragma once

#include "app/components.hpp"
#include "app/housekeeping.hpp"
#include "app/refusal_watch.hpp"
#include "app/service_health.hpp"
#include "app/service_metrics.hpp"
#include "audit/push/pushers.hpp"
#include "crypto/page_cursors.hpp"
#include "http/server.hpp"
#include "keys/key_reload.hpp"
#include "mail/delivery.hpp"
#include "process/watchdog.hpp"
#include "protection/client_address.hpp"
#include "protection/rate_limit_gate.hpp"
#include "sessions/session_gate.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace secureauth::app {

/// The composition root: the components behind HTTP, and the map from routes to features.
class Service {
 public:
  /// Opens the record store and prepares its schema. Throws std::exception with one clear sentence.
  explicit Service(const settings::Config& config);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Binds, or takes the sockets that were passed, then serves on its own threads. Throws std::runtime_error, such as
  /// for a port already taken; db::DatabaseError where the start cannot be recorded.
  void start(const std::vector<int>& passed_sockets = {});

  /// What must go on answering: each network thread, the pools, SQLite's threads. For while it runs. Not PostgreSQL: it
  /// hangs in a process of its own, and starting this one anew mends nothing.
  [[nodiscard]] std::vector<process::Watchdog::Part> watched_parts(const settings::Config& config);

  /// Serves on, but says that it will not for long: `/health/ready` answers 503, every answer ends its connection.
  void leave();

  /// Finishes what is in flight within the grace period and returns. Idempotent.
  void stop();

  /// Reads the settings again and puts keys that are others in force, without a pause (KeyReload). Not from an io
  /// thread, and not twice at once.
  void reload(const settings::SettingsInput& input);

  /// The routes that such a service has, as Router::list() tells them. Of its settings it takes all but the keys; it
  /// opens no record store and no socket.
  [[nodiscard]] static std::vector<http::Router::Line> list_routes(settings::Config config);

 private:
  Service(const settings::Config& config, std::shared_ptr<db::Database> opened);

  /// From the other instances and the command line, while the server runs.
  void hear_of_ended_sessions();
  [[nodiscard]] http::Router make_router(const settings::Config& config);
  [[nodiscard]] http::Dispatcher make_dispatcher(const settings::Config& config);
  [[nodiscard]] mail::OnOutage note_outage();
  [[nodiscard]] std::unique_ptr<mail::Delivery> make_delivery(const settings::Config& config);

  Components components_;
  http::SitePolicy site_;
  http::CookieJar cookies_;
  sessions::CsrfTokens csrf_;
  crypto::PageCursors cursors_;
  protection::RateLimitGate rate_gate_;
  sessions::SessionGate gate_;
  RefusalWatch refusal_watch_;
  struct Routes;
  std::unique_ptr<Routes> routes_;
  http::Server server_;
  Housekeeping housekeeping_;
  ServiceHealth health_;
  std::unique_ptr<mail::Delivery> delivery_;  ///< null without SMTP_HOST
  audit::Pushers pushers_;
  ServiceMetrics metrics_;
  std::unique_ptr<http::Server> metrics_server_;  ///< null without METRICS_LISTEN
  const bool has_metrics_;
  keys::KeyReload reload_;
  bool started_ = false;
  std::atomic<bool> leaving_ = false;
};

}  // namespace secureauth::app
