#include "app/housekeeping.hpp"

#include "accounts/one_time_token_store.hpp"
#include "app/alarm_record.hpp"
#include "app/service_entries.hpp"
#include "core/outage_notice.hpp"
#include "core/run_to_end.hpp"
#include "crypto/uuid.hpp"
#include "login/challenge_store.hpp"
#include "mfa/totp/totp_keys.hpp"
#include "telemetry/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <utility>

namespace secureauth::app {
namespace {

constexpr auto kCleanEvery = std::chrono::minutes(10);
constexpr auto kLookWhetherToCleanEvery = std::chrono::seconds(5);  // another instance may have ended half-way
constexpr auto kCleanAtMost = std::chrono::minutes(5);
constexpr auto kPauseBetweenBatches = std::chrono::milliseconds(20);  // for whoever waited for the same rows, or disk
constexpr auto kCleaningLease = std::chrono::minutes(1);
constexpr auto kReadMetadataEvery = std::chrono::minutes(1);
constexpr auto kTellMissedEvery = std::chrono::seconds(1);
constexpr std::string_view kRedis = "redis";
constexpr std::string_view kRecordStore = "record_store";
constexpr auto kRecordEvery = std::chrono::seconds(1);
constexpr auto kSealEvery = std::chrono::seconds(1);
constexpr auto kLookAtKeysEvery = std::chrono::hours(24);  // each reads all secrets
constexpr std::string_view kSealing = "sealing";

}  // namespace

// A file that cannot be believed does not keep the service from starting: it is told, and left as it is.
std::optional<audit::SignedHead> Housekeeping::read_head_file() {
  try {
    return components_.audit_head_file.read(components_.audit_heads);
  } catch (const std::exception& error) {
    keeps_head_file_ = false;
    telemetry::log(telemetry::Level::error, "AUDIT_HEAD_FILE is not believed", {{"cause", error.what()}});
    return std::nullopt;
  }
}

Housekeeping::Housekeeping(net::io_context& context, Components& components, bool mail_is_delivered)
    : context_(context),
      components_(components),
      clean_timer_(context),
      pause_timer_(context),
      tell_timer_(context),
      metadata_timer_(context),
      record_timer_(context),
      seal_timer_(context),
      keys_timer_(context),
      keeps_head_file_(components.audit_head_file.is_set()),
      sealer_({.database = *components.database,
               .keys = components.audit_keys,
               .audit = components.audit,
               .clock = components.clock},
              read_head_file()),
      outages_(components.clock),
      mail_is_delivered_(mail_is_delivered),
      cleaning_(*components.database, components.clock, "cleaning",
                crypto::uuid_v7(components.random, components.clock.now()), kCleaningLease) {
  if (components.authenticator_metadata) metadata_watch_.emplace(*components.authenticator_metadata, components.clock);
}

void Housekeeping::start() {
  net::co_spawn(context_, repeat(clean_timer_, kLookWhetherToCleanEvery, "cleaning", &Housekeeping::clean),
                net::detached);
  if (metadata_watch_) {
    auto reading = repeat(metadata_timer_, kReadMetadataEvery, "metadata", &Housekeeping::read_metadata);
    net::co_spawn(context_, std::move(reading), net::detached);
  }
  auto recording = repeat(record_timer_, kRecordEvery, "recording", &Housekeeping::record_events);
  net::co_spawn(context_, std::move(recording), net::detached);
  net::co_spawn(context_, repeat(seal_timer_, kSealEvery, kSealing, &Housekeeping::seal), net::detached);
  net::co_spawn(context_, repeat(keys_timer_, kLookAtKeysEvery, "keys", &Housekeeping::look_at_totp_keys),
                net::detached);
  if (!components_.shared_sessions) return;
  auto telling = repeat(tell_timer_, kTellMissedEvery, "ended sessions", &Housekeeping::tell_missed);
  net::co_spawn(context_, std::move(telling), net::detached);
}

void Housekeeping::stop() {
  net::post(context_, [this] {
    stopping_ = true;
    clean_timer_.cancel();
    pause_timer_.cancel();
    tell_timer_.cancel();
    metadata_timer_.cancel();
    record_timer_.cancel();
    seal_timer_.cancel();
    keys_timer_.cancel();
  });
}

net::awaitable<void> Housekeeping::repeat(net::steady_timer& timer, std::chrono::seconds every, std::string_view name,
                                          Task task) {
  OutageNotice outage;
  while (!stopping_) {
    std::optional<std::string> cause;  // nothing can be awaited in a handler
    try {
      co_await (this->*task)();
    } catch (const std::exception& error) {
      cause = error.what();
    }
    const bool tell = cause && outage.due(components_.clock.now()) != OutageNotice::Due::nothing;
    if (tell) co_await tell_failure(name, *cause);
    if (!cause && outage.end()) {
      telemetry::log(telemetry::Level::info, "housekeeping works again", {{"task", name}});
    }
    if (stopping_) co_return;
    timer.expires_after(every);
    co_await timer.async_wait(net::as_tuple(net::use_awaitable));
  }
}

net::awaitable<void> Housekeeping::tell_failure(std::string_view name, std::string cause) {
  constexpr auto kLevel = telemetry::Level::warning;
  if (name != kSealing) {
    telemetry::log(kLevel, "housekeeping failed", {{"task", name}, {"cause", cause}});
    co_return;
  }
  std::int64_t age = 0;
  try {
    const auto oldest = co_await audit::log_store::oldest_waiting(*components_.database);
    if (oldest) age = std::chrono::duration_cast<std::chrono::seconds>(components_.clock.now() - *oldest).count();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): most likely what keeps it from sealing, too
  }
  telemetry::log(kLevel, "housekeeping failed", {{"task", name}, {"cause", cause}, {"oldest_waiting_seconds", age}});
}

net::awaitable<void> Housekeeping::clean() {
  if (components_.clock.now() < clean_due_) co_return;
  const bool is_ours = co_await cleaning_.hold();
  if (!is_ours) co_return;
  clean_until_ = std::chrono::steady_clock::now() + kCleanAtMost;
  auto& database = *components_.database;
  const db::GoOn go_on = [this] { return goes_on_cleaning(); };
  co_await components_.sessions.forget_expired(go_on);
  co_await components_.registration.forget_expired(go_on);
  co_await accounts::one_time_token_store::forget_expired(database, components_.clock.now(), go_on);
  co_await components_.totp.forget_expired(database, go_on);
  co_await login::challenge_store::forget_expired(database, components_.clock.now(), go_on);
  co_await components_.passkey_challenges.forget_expired(database, go_on);
  co_await components_.password_guesses.forget_old(go_on);
  const auto on_given_up = mail_is_delivered_ ? record_given_up(components_.audit) : nullptr;
  co_await components_.outbox.forget_old(database, on_given_up, go_on);
  co_await cleaning_.release();
  clean_due_ = components_.clock.now() + kCleanEvery;
}

net::awaitable<bool> Housekeeping::goes_on_cleaning() {
  if (stopping_ || std::chrono::steady_clock::now() >= clean_until_) co_return false;
  pause_timer_.expires_after(kPauseBetweenBatches);
  co_await pause_timer_.async_wait(net::as_tuple(net::use_awaitable));
  if (stopping_) co_return false;
  const bool is_ours = co_await cleaning_.hold();
  co_return is_ours;
}

net::awaitable<void> Housekeeping::tell_missed() {
  co_await components_.shared_sessions->drop_missed();
}

net::awaitable<void> Housekeeping::record_events() {
  if (components_.shared_cache) {
    auto check = components_.shared_cache->check_ready();
    co_await is_usable(kRedis, std::move(check));
  }
  auto check = components_.database->check_ready();
  const bool can_record = co_await is_usable(kRecordStore, std::move(check));
  if (can_record) co_await record_what_is_due();
}

net::awaitable<bool> Housekeeping::is_usable(std::string_view peer, net::awaitable<void> check) {
  std::optional<std::string> cause;
  try {
    co_await std::move(check);
  } catch (const Unavailable& error) {
    cause = error.what();
  }
  if (cause) {
    outages_.fails(std::string(peer), *cause);
  } else {
    outages_.works(std::string(peer));
  }
  co_return !cause;
}

net::awaitable<void> Housekeeping::record_what_is_due() {
  auto& database = *components_.database;
  co_await outages_.record(components_.audit, database);
  co_await record_alarms(components_.stuffing_watch, components_.audit, database);
  co_await components_.refusals.record(components_.audit, database);
}

void Housekeeping::record_end() {
  components_.refusals.close();
  run_to_end(record_what_is_due());
  run_to_end(components_.audit.record_alone(*components_.database, service_entry(audit::Event::service_stopped)));
}

net::awaitable<void> Housekeeping::seal() {
  co_await sealer_();
  const auto& newest = sealer_.newest();
  // Once the log did not go on from the head in the file, that head is evidence.
  if (!keeps_head_file_ || !newest || sealer_.went_back() || newest->head.tree_size == head_in_file_) co_return;
  const auto write = [this, head = *newest] {
    components_.audit_head_file.write(head);
    return true;
  };
  const auto written = co_await components_.judging_pool.run(write);
  if (written) head_in_file_ = newest->head.tree_size;
}

void Housekeeping::seal_rest() {
  try {
    run_to_end(seal());
  } catch (const std::exception& error) {
    telemetry::log(telemetry::Level::warning, "the last audit entries are not sealed", {{"cause", error.what()}});
  }
}

net::awaitable<void> Housekeeping::look_at_totp_keys() {
  const db::GoOn go_on = [this]() -> net::awaitable<bool> { co_return !stopping_; };
  mfa::TotpKeys keys(*components_.database, components_.totp_keys, components_.random);
  auto counts = co_await keys.count(go_on);
  for (const auto& known : components_.totp_keys.key_ids()) counts.erase(known);
  for (const auto& [id, count] : counts) {
    telemetry::log(telemetry::Level::error,
                   "TOTP secrets lie under a key that is not in the settings: no code of theirs is accepted",
                   {{"key_id", id}, {"secrets", count}});
  }
}

net::awaitable<void> Housekeeping::read_metadata() {
  const auto look = [this] {
    metadata_watch_->look();
    return true;
  };
  co_await components_.judging_pool.run(look);
}

}  // namespace secureauth::app
