#include "app/housekeeping.hpp"

#include "accounts/one_time_token_store.hpp"
#include "core/run_to_end.hpp"
#include "login/challenge_store.hpp"
#include "telemetry/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace secureauth::app {
namespace {

constexpr auto kCleanEvery = std::chrono::minutes(10);
constexpr auto kReadMetadataEvery = std::chrono::minutes(1);
constexpr auto kTellMissedEvery = std::chrono::seconds(1);
constexpr auto kRecordAlarmsEvery = std::chrono::seconds(1);
constexpr auto kSealEvery = std::chrono::seconds(1);

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

Housekeeping::Housekeeping(net::io_context& context, Components& components)
    : context_(context),
      components_(components),
      clean_timer_(context),
      tell_timer_(context),
      metadata_timer_(context),
      alarm_timer_(context),
      seal_timer_(context),
      keeps_head_file_(components.audit_head_file.is_set()),
      sealer_({.database = *components.database,
               .keys = components.audit_keys,
               .audit = components.audit,
               .clock = components.clock},
              read_head_file()) {
  if (components.authenticator_metadata) metadata_watch_.emplace(*components.authenticator_metadata, components.clock);
}

void Housekeeping::start() {
  net::co_spawn(context_, repeat(clean_timer_, kCleanEvery, &Housekeeping::clean), net::detached);
  if (metadata_watch_) {
    net::co_spawn(context_, repeat(metadata_timer_, kReadMetadataEvery, &Housekeeping::read_metadata), net::detached);
  }
  net::co_spawn(context_, repeat(alarm_timer_, kRecordAlarmsEvery, &Housekeeping::record_alarms), net::detached);
  net::co_spawn(context_, repeat(seal_timer_, kSealEvery, &Housekeeping::seal), net::detached);
  if (!components_.shared_sessions) return;
  net::co_spawn(context_, repeat(tell_timer_, kTellMissedEvery, &Housekeeping::tell_missed), net::detached);
}

void Housekeeping::stop() {
  net::post(context_, [this] {
    stopping_ = true;
    clean_timer_.cancel();
    tell_timer_.cancel();
    metadata_timer_.cancel();
    alarm_timer_.cancel();
    seal_timer_.cancel();
  });
}

net::awaitable<void> Housekeeping::repeat(net::steady_timer& timer, std::chrono::seconds every, Task task) {
  while (!stopping_) {
    try {
      co_await (this->*task)();
    } catch (const std::exception& error) {
      telemetry::log(telemetry::Level::warning, "housekeeping failed", {{"cause", error.what()}});
    }
    if (stopping_) co_return;
    timer.expires_after(every);
    co_await timer.async_wait(net::as_tuple(net::use_awaitable));
  }
}

net::awaitable<void> Housekeeping::clean() {
  co_await components_.sessions.forget_expired();
  co_await components_.registration.forget_expired();
  co_await accounts::one_time_token_store::forget_expired(*components_.database, components_.clock.now());
  co_await components_.totp.forget_expired(*components_.database);
  co_await login::challenge_store::forget_expired(*components_.database, components_.clock.now());
  co_await components_.passkey_challenges.forget_expired(*components_.database);
  co_await components_.password_guesses.forget_old();
  co_await components_.outbox.forget_old(*components_.database);
}

net::awaitable<void> Housekeeping::tell_missed() {
  co_await components_.shared_sessions->drop_missed();
}

net::awaitable<void> Housekeeping::record_alarms() {
  for (const auto& change : components_.stuffing_watch.take_changes()) {
    audit::Entry entry{
        .event = change.raised ? audit::Event::credential_stuffing_noticed : audit::Event::credential_stuffing_over,
        .outcome = change.raised ? audit::Outcome::failure : audit::Outcome::success,
        .details = {{"network", change.network.empty() ? "everywhere" : change.network},
                    {"accounts_failed", change.failed},
                    {"accounts_succeeded", change.succeeded}}};
    co_await components_.audit.record_alone(*components_.database, std::move(entry));
  }
}

net::awaitable<void> Housekeeping::seal() {
  sealing_works_ = false;
  co_await sealer_();
  sealing_works_ = true;
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
  if (!std::exchange(sealing_works_, false)) return;
  try {
    run_to_end(seal());
  } catch (const std::exception& error) {
    telemetry::log(telemetry::Level::warning, "the last audit entries are not sealed", {{"cause", error.what()}});
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
