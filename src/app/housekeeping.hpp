#pragma once

#include "app/components.hpp"
#include "app/metadata_watch.hpp"
#include "app/outage_watch.hpp"
#include "audit/sealer.hpp"
#include "db/lease.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::app {

/// Deletes what has run out (sessions, registrations, tokens of mailed links, mail) at the start and every ten minutes
/// (ASVS 14.2.7), in small statements with pauses between, while no other instance does; at the start and each day
/// looks whether a key is missing that TOTP secrets lie under; every second seals the audit log, tells the shared cache
/// of ended sessions that it missed, and records what the log is to tell of alarms, refused requests and outages. Runs
/// on one io thread; what fails is tried again next time.
class Housekeeping {
 public:
  /// `mail_is_delivered`: else what its recipient never gets was never to be sent.
  Housekeeping(net::io_context& context, Components& components, bool mail_is_delivered);
  void start();
  /// From any thread; returns at once.
  void stop();
  /// After the io threads ended: seals what they recorded last. On the caller's thread.
  void seal_rest();

  /// Records what is left once nothing runs any more, and that the service ends. Blocks. Throws db::DatabaseError.
  void record_end();

  /// Of this io thread.
  [[nodiscard]] OutageWatch& outages() { return outages_; }
  [[nodiscard]] const OutageWatch& outages() const { return outages_; }

 private:
  using Task = net::awaitable<void> (Housekeeping::*)();
  /// Runs the task, then waits, until stop(). One that fails comes again; when that begins, each hour and when it works
  /// again it is logged.
  net::awaitable<void> repeat(net::steady_timer& timer, std::chrono::seconds every, std::string_view name, Task task);
  net::awaitable<void> tell_failure(std::string_view name, std::string cause);
  net::awaitable<void> clean();
  /// Between two statements of clean(): false when it is to end, for now.
  net::awaitable<bool> goes_on_cleaning();
  net::awaitable<void> tell_missed();
  net::awaitable<void> read_metadata();
  net::awaitable<void> record_events();
  net::awaitable<void> record_what_is_due();
  /// Whether a store can be used, by its own check.
  net::awaitable<bool> is_usable(std::string_view peer, net::awaitable<void> check);
  net::awaitable<void> seal();
  /// Tells of secrets that nobody can open, such as after a start with a wrong key. Reads all of them, page by page.
  net::awaitable<void> look_at_totp_keys();
  std::optional<audit::SignedHead> read_head_file();

  net::io_context& context_;
  Components& components_;
  net::steady_timer clean_timer_;
  net::steady_timer pause_timer_;
  net::steady_timer tell_timer_;
  net::steady_timer metadata_timer_;
  net::steady_timer record_timer_;
  net::steady_timer seal_timer_;
  net::steady_timer keys_timer_;
  bool keeps_head_file_;            ///< before sealer_, which begins with what is in the file
  std::uint64_t head_in_file_ = 0;  ///< entries that it speaks of
  audit::Sealer sealer_;
  std::optional<MetadataWatch> metadata_watch_;  ///< where there is something to watch
  OutageWatch outages_;
  bool mail_is_delivered_ = false;
  db::Lease cleaning_;
  Timestamp clean_due_;
  std::chrono::steady_clock::time_point clean_until_;
  bool stopping_ = false;
};

}  // namespace secureauth::app
