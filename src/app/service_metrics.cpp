#include "app/service_metrics.hpp"

#include "telemetry/metrics.hpp"
#include "telemetry/process_metrics.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace secureauth::app {
namespace {

constexpr auto kReadEvery = std::chrono::seconds(5);
constexpr std::array<std::string_view, 3> kPeers{"record_store", "redis", "mail_server"};  // of OutageWatch

double seconds_since_epoch(Timestamp time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

ServiceMetrics::ServiceMetrics(net::io_context& context, Parts parts)
    : context_(context), parts_(parts), started_at_(parts.components.clock.now()), timer_(context) {}

void ServiceMetrics::start() {
  net::co_spawn(context_, read_stores(), net::detached);
}

void ServiceMetrics::stop() {
  net::post(context_, [this] {
    stopping_ = true;
    timer_.cancel();
  });
}

net::awaitable<void> ServiceMetrics::read_stores() {
  while (!stopping_) {
    ServiceHealth::Stored read;
    try {
      read = co_await parts_.health.stored();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): what is not read is not told
    }
    {
      const std::lock_guard lock(mutex_);
      if (read.schema) stored_at_ = parts_.components.clock.now();
      stored_ = std::move(read);
    }
    if (stopping_) co_return;
    timer_.expires_after(kReadEvery);
    co_await timer_.async_wait(net::as_tuple(net::use_awaitable));
  }
}

std::string ServiceMetrics::text() const {
  telemetry::Exposition to;
  to.gauge("build_info", "The version that runs.");
  to.add(1, {{"version", SECUREAUTH_VERSION}});
  telemetry::expose_process(to);
  to.gauge("process_start_time_seconds", "When the process began to serve, in seconds since the epoch.",
           seconds_since_epoch(started_at_));
  parts_.server.expose(to);
  telemetry::metrics().expose(to);
  expose_passwords(to);
  const auto lookups = parts_.components.sessions.cache_lookups();
  to.counter("session_cache_lookups_total", "Sessions looked for in this instance's own cache.");
  to.add(static_cast<double>(lookups.hits), {{"outcome", "hit"}});
  to.add(static_cast<double>(lookups.misses), {{"outcome", "miss"}});
  expose_outages(to);
  expose_stored(to);
  expose_expiry(to);
  return to.text();
}

void ServiceMetrics::expose_passwords(telemetry::Exposition& to) const {
  const std::array<std::pair<std::string_view, passwords::HashingPool*>, 2> pools{
      {{"hashing", &parts_.components.hashing_pool}, {"judging", &parts_.components.judging_pool}}};
  to.gauge("hashing_threads", "Threads of a pool; hashing: password hashes, judging: strength of new passwords.");
  for (const auto& [name, pool] : pools) to.add(pool->load().threads, {{"pool", name}});
  to.gauge("hashing_busy", "Jobs that run.");
  for (const auto& [name, pool] : pools) {
    const auto load = pool->load();
    to.add(static_cast<double>(load.jobs - std::min(load.waiting, load.jobs)), {{"pool", name}});
  }
  to.gauge("hashing_queued", "Jobs that wait for a thread.");
  for (const auto& [name, pool] : pools) to.add(static_cast<double>(pool->load().waiting), {{"pool", name}});
  to.counter("hashing_turned_away_total", "Jobs refused, for they would have waited longer than they may.");
  for (const auto& [name, pool] : pools) {
    to.add(static_cast<double>(pool->counts().turned_away.value()), {{"pool", name}});
  }
  to.histogram("hashing_wait_seconds", "How long a job waited for its thread.");
  for (const auto& [name, pool] : pools) to.add(pool->counts().waits.value(), {{"pool", name}});
  to.histogram("hashing_job_seconds", "How long a job ran.");
  for (const auto& [name, pool] : pools) to.add(pool->counts().durations.value(), {{"pool", name}});
}

void ServiceMetrics::expose_outages(telemetry::Exposition& to) const {
  const auto under_way = parts_.outages.under_way();
  to.gauge("peer_up", "Whether the record store, Redis and the mail server could be used when they last were.");
  for (const auto peer : kPeers) {
    if (peer == "redis" && !parts_.components.shared_cache) continue;
    if (peer == "mail_server" && !parts_.health.delivers_mail()) continue;
    const bool fails = std::ranges::find(under_way, peer, &OutageWatch::UnderWay::peer) != under_way.end();
    to.add(fails ? 0 : 1, {{"peer", peer}});
  }
}

void ServiceMetrics::expose_stored(telemetry::Exposition& to) const {
  const std::lock_guard lock(mutex_);
  if (stored_at_) {
    to.gauge("stored_read_timestamp_seconds", "When what the record store holds was last read, since the epoch.",
             seconds_since_epoch(*stored_at_));
  }
  if (stored_.schema) {
    to.gauge("schema_info", "The newest migration of the record store; the same from every instance.");
    to.add(1, {{"revision", *stored_.schema}});
  }
  if (const auto& mail = stored_.letters) {
    to.gauge("mail_queue_length", "Mails not yet delivered, counted to 10000; the same from every instance.",
             static_cast<double>(mail->queued));
    to.gauge("mail_queue_age_seconds", "How long the oldest of them has waited; the same from every instance.",
             mail->queued_since ? age(*mail->queued_since) : 0);
    to.gauge("mail_dead_letters", "Mails given up and kept, counted to 10000; the same from every instance.",
             static_cast<double>(mail->dead));
  }
  if (const auto& log = stored_.log) {
    to.gauge("audit_sealed_entries", "Entries of the log that are sealed; the same from every instance.",
             static_cast<double>(log->sealed));
    to.gauge("audit_unsealed_entries", "Entries not yet sealed, counted to 10000; the same from every instance.",
             static_cast<double>(log->waiting));
    to.gauge("audit_unsealed_age_seconds", "How long the oldest of them has waited; the same from every instance.",
             log->waiting_since ? age(*log->waiting_since) : 0);
  }
  std::vector<const audit::Deliveries::Standing*> receivers;
  for (const auto& one : stored_.receivers) {
    if (parts_.health.is_configured(one)) receivers.push_back(&one);
  }
  if (receivers.empty()) return;
  to.gauge("audit_receiver_lag_entries",
           "Sealed entries that a receiver has yet to confirm; from every instance alike.");
  for (const auto* one : receivers) to.add(static_cast<double>(one->lag()), {{"receiver", one->sink}});
  to.gauge("audit_receiver_failures", "Its failures in a row; 0: it takes them. The same from every instance.");
  for (const auto* one : receivers) to.add(static_cast<double>(one->failures), {{"receiver", one->sink}});
}

void ServiceMetrics::expose_expiry(telemetry::Exposition& to) const {
  const auto& metadata = parts_.components.authenticator_metadata;
  if (!metadata) return;
  to.gauge("authenticator_metadata_next_update_timestamp_seconds",
           "When a newer issue of WEBAUTHN_MDS_FILE is due, since the epoch.",
           seconds_since_epoch(metadata->current()->next_update()));
  to.gauge("authenticator_metadata_signer_expiry_timestamp_seconds",
           "When the certificates that signed it expire, since the epoch.",
           seconds_since_epoch(metadata->signer_valid_until()));
}

double ServiceMetrics::age(Timestamp since) const {
  return std::max(std::chrono::duration<double>(parts_.components.clock.now() - since).count(), 0.0);
}

}  // namespace secureauth::app
