#pragma once

#include "audit/audit_log.hpp"
#include "audit/export/sealed_entries.hpp"
#include "audit/push/cursor_store.hpp"
#include "audit/push/push_settings.hpp"
#include "audit/push/sink.hpp"
#include "core/outage_notice.hpp"
#include "outgoing/job_thread.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>

namespace secureauth::audit {

/// Brings the sealed log to one receiver: every entry, in order, at least once. The cursor in the record store moves on
/// only after the receiver has confirmed, under a lease that one instance holds; whoever loses it, or dies, leaves what
/// was not confirmed to the next. A receiver that fails is tried for ever. Runs on one io thread, which it never
/// blocks: the sink has a thread of its own.
class Pusher {
 public:
  struct Parts {
    db::Database& database;
    const AuditLog& audit;
    const AuditKeys& keys;
    const Clock& clock;
    crypto::Random& random;
  };
  Pusher(net::io_context& context, Parts parts, std::unique_ptr<Sink> sink, const PushSettings& settings);
  ~Pusher() { sink_->abort(); }
  Pusher(const Pusher&) = delete;
  Pusher& operator=(const Pusher&) = delete;

  void start();
  /// From any thread: ends what is under way and gives the lease back; returns at once.
  void stop();
  /// After stop(), from any thread but the io thread: waits for the end, no longer than to `deadline`.
  void wait_for_end(std::chrono::steady_clock::time_point deadline);

 private:
  using Milliseconds = std::chrono::milliseconds;
  net::awaitable<void> run();
  net::awaitable<Milliseconds> round();
  net::awaitable<Milliseconds> deliver_all();
  net::awaitable<void> first_seen();
  net::awaitable<PushVerdict> send(sealed_entries::Page& page);
  net::awaitable<std::optional<std::string>> why_not(std::int64_t next_entry, const sealed_entries::Page& page);
  net::awaitable<void> note_failure(PushVerdict verdict, std::int64_t failures);
  net::awaitable<void> note_outage(const PushVerdict& verdict);
  net::awaitable<void> record_untrusted(const PushVerdict& verdict);
  void note_recovery();
  net::awaitable<void> note_gaps(const sealed_entries::Page& page);
  net::awaitable<void> record_missing(const std::vector<std::string>& ids);
  net::awaitable<void> release();

  net::io_context& context_;
  Parts parts_;
  HeadVerifier verifier_;
  std::unique_ptr<Sink> sink_;
  std::string holder_;
  std::chrono::seconds lease_;
  std::chrono::seconds first_retry_;
  bool from_start_;
  net::steady_timer timer_;
  OutageNotice outage_;           ///< of the receiver
  bool untrusted_told_ = false;   ///< of that outage: somebody perhaps stands between
  OutageNotice database_outage_;  ///< what is to be delivered cannot be read
  std::int64_t gaps_told_ = 0;    ///< those before this entry were
  bool stopping_ = false;
  bool started_ = false;
  std::promise<void> ended_;
  outgoing::JobThread thread_;  // last: its job uses the sink
};

}  // namespace secureauth::audit
