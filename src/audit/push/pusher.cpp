#include "audit/push/pusher.hpp"

#include "core/backoff.hpp"
#include "crypto/uuid.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstddef>

namespace secureauth::audit {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using telemetry::Level;

constexpr std::int64_t kMostAtOnce = 256;
constexpr std::size_t kMostTold = 10;  // ids in one entry
constexpr auto kLookEvery = seconds(1);
// One timeout to begin requests in, one for the last of them to end, one to note it (Sink::send).
constexpr int kLeaseInTimeouts = 3;
constexpr auto kShortestLease = seconds(15);  // instances' clocks may be five apart (docs/deployment.md)
constexpr auto kLongestPause = seconds(60);   // what a receiver may lag behind its own return

}  // namespace

Pusher::Pusher(net::io_context& context, Parts parts, std::unique_ptr<Sink> sink, const PushSettings& settings)
    : context_(context),
      parts_(parts),
      verifier_(parts.keys),
      sink_(std::move(sink)),
      holder_(crypto::uuid_v7(parts.random, parts.clock.now())),
      lease_(std::max<seconds>(kLeaseInTimeouts * settings.timeout, kShortestLease)),
      first_retry_(settings.first_retry),
      from_start_(settings.from_start),
      timer_(context) {}

void Pusher::start() {
  started_ = true;
  net::co_spawn(context_, run(), net::detached);
}

void Pusher::stop() {
  if (!started_) return;
  sink_->abort();
  net::post(context_, [this] {
    stopping_ = true;
    timer_.cancel();
  });
}

void Pusher::wait_for_end(std::chrono::steady_clock::time_point deadline) {
  if (std::exchange(started_, false)) ended_.get_future().wait_until(deadline);
}

net::awaitable<void> Pusher::run() {
  while (!stopping_) {
    const auto pause = co_await round();
    if (stopping_) break;
    timer_.expires_after(pause);
    co_await timer_.async_wait(net::as_tuple(net::use_awaitable));
  }
  co_await release();
  ended_.set_value();
}

/// How long to wait for the next one.
net::awaitable<Pusher::Milliseconds> Pusher::round() {
  try {
    const auto pause = co_await deliver_all();
    database_outage_.end();
    co_return pause;
  } catch (const std::exception& error) {
    if (database_outage_.due(parts_.clock.now()) != OutageNotice::Due::nothing) {
      telemetry::log(Level::warning, "audit events cannot be read to be delivered",
                     {{"sink", sink_->name()}, {"cause", error.what()}});
    }
  }
  co_return kLookEvery;
}

/// Delivers until the receiver has everything, fails, or is another instance's.
net::awaitable<Pusher::Milliseconds> Pusher::deliver_all() {
  while (!stopping_) {
    const auto standing = co_await cursor_store::find(parts_.database, sink_->name());
    if (!standing) {
      co_await first_seen();
      continue;
    }
    if (standing->next_entry == standing->sealed) co_return kLookEvery;
    const auto now = parts_.clock.now();
    if (standing->holder != holder_ && standing->is_held(now)) {
      co_return std::min<milliseconds>(kLookEvery, std::chrono::ceil<milliseconds>(*standing->held_until - now));
    }
    const auto held = co_await cursor_store::hold(parts_.database, sink_->name(), holder_, now, now + lease_);
    if (!held) co_return kLookEvery;
    auto page = co_await sealed_entries::page(parts_.database, verifier_, held->next_entry, kMostAtOnce);
    auto why = co_await why_not(held->next_entry, page);
    if (why) {
      PushVerdict verdict;
      verdict.failure = *std::move(why);
      co_await note_failure(std::move(verdict), held->failures);
      continue;
    }
    if (page.next == held->next_entry) co_return kLookEvery;  // pruned to its end
    co_await note_gaps(page);
    const auto verdict = co_await send(page);
    // Before a failure is noted: what was accepted of the batch does not come again.
    bool moved = true;
    if (page.next > held->next_entry) {
      moved = co_await cursor_store::advance(parts_.database, sink_->name(), holder_, held->next_entry, page.next,
                                             parts_.clock.now());
    }
    if (verdict.stopped || !moved) co_return kLookEvery;
    if (!verdict.failure.empty()) {
      const auto failures = page.next == held->next_entry ? held->failures : 0;
      co_await note_failure(verdict, failures);
      continue;
    }
    note_recovery();
  }
  co_return kLookEvery;
}

/// A receiver that was just named in the settings: it is told of what comes, or of all.
net::awaitable<void> Pusher::first_seen() {
  std::int64_t next = 0;
  if (!from_start_) next = co_await sealed_entries::count(parts_.database);
  co_await cursor_store::begin(parts_.database, sink_->name(), next, parts_.clock.now());
}

/// Sends what the sink wants of the page; afterwards the page's `next` is the first entry that is not settled.
net::awaitable<PushVerdict> Pusher::send(sealed_entries::Page& page) {
  auto& entries = page.entries;
  std::erase_if(entries, [this](const RecordedEntry& entry) { return !sink_->wants(entry); });
  if (entries.empty()) co_return PushVerdict{};
  auto work = [this, &entries] { return sink_->send(entries); };
  auto verdict = co_await thread_.run_there(work);
  if (!verdict.stopped) telemetry::metrics().audit_deliveries.add(verdict.failure.empty() ? "success" : "failure");
  if (verdict.accepted < entries.size()) page.next = *entries[verdict.accepted].number;
  co_return verdict;
}

/// Why the record store does not hold what was sealed: then nothing is sent, and operators see it.
net::awaitable<std::optional<std::string>> Pusher::why_not(std::int64_t next_entry, const sealed_entries::Page& page) {
  if (page.unsound) co_return "the log is not what was sealed: " + page.unsound->words;
  if (page.next > next_entry) co_return std::nullopt;
  const auto sealed = co_await sealed_entries::count(parts_.database);
  if (next_entry <= sealed) co_return std::nullopt;
  co_return "the log ends before what was delivered: was the database restored?";
}

net::awaitable<void> Pusher::note_failure(PushVerdict verdict, std::int64_t failures) {
  const auto doublings = std::clamp<std::int64_t>(failures, 0, 12);
  auto pause = std::min<milliseconds>(milliseconds(first_retry_) * (std::int64_t{1} << doublings), kLongestPause);
  pause = std::max<milliseconds>(jittered(pause), verdict.retry_after.value_or(seconds(0)));
  const auto now = parts_.clock.now();
  co_await cursor_store::fail(parts_.database, sink_->name(), holder_, verdict.failure, now, now + pause);
  if (outage_.due(now) != OutageNotice::Due::nothing) co_await note_outage(verdict);
  // Whoever would stand between may first have the receiver away.
  if (verdict.untrusted && !untrusted_told_) {
    co_await record_untrusted(verdict);
    untrusted_told_ = true;
  }
}

net::awaitable<void> Pusher::note_outage(const PushVerdict& verdict) {
  const auto standing = co_await cursor_store::find(parts_.database, sink_->name());
  telemetry::log(Level::error, "a receiver of audit events takes none: they wait",
                 {{"sink", sink_->name()}, {"cause", verdict.failure}, {"behind", standing ? standing->lag() : 0}});
}

net::awaitable<void> Pusher::record_untrusted(const PushVerdict& verdict) {
  Entry entry{.event = Event::peer_untrusted,
              .outcome = Outcome::failure,
              .details = {{"peer", sink_->name()}, {"reason", verdict.failure}}};
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
}

void Pusher::note_recovery() {
  untrusted_told_ = false;
  if (!outage_.end()) return;
  telemetry::log(Level::info, "a receiver of audit events takes them again", {{"sink", sink_->name()}});
}

// Once, though a receiver that fails is given the same page again and again.
net::awaitable<void> Pusher::note_gaps(const sealed_entries::Page& page) {
  if ((page.pruned == 0 && page.missing.empty()) || page.next <= gaps_told_) co_return;
  if (page.pruned > 0) {
    telemetry::log(Level::warning, "audit entries were pruned before they were delivered",
                   {{"sink", sink_->name()}, {"entries", page.pruned}});
  }
  if (!page.missing.empty()) {
    telemetry::log(Level::error, "sealed audit entries are gone or were altered: see `secureauth audit verify`",
                   {{"sink", sink_->name()}, {"entries", page.missing.size()}});
    co_await record_missing(page.missing);
  }
  gaps_told_ = page.next;
}

// An event of its own, so that the receiver hears that there was something, even if the row is put back afterwards.
net::awaitable<void> Pusher::record_missing(const std::vector<std::string>& ids) {
  const auto told = std::min(ids.size(), kMostTold);
  Entry entry{.event = Event::tampering_noticed,
              .outcome = Outcome::failure,
              .details = {{"what", "entry_not_as_sealed"}, {"count", ids.size()}}};
  entry.details["entries"] = boost::json::array(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(told));
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
}

net::awaitable<void> Pusher::release() {
  try {
    co_await cursor_store::release(parts_.database, sink_->name(), holder_);
  } catch (const std::exception&) {  // the lease ends by itself
    co_return;
  }
}

}  // namespace secureauth::audit
