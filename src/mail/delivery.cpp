#include "mail/delivery.hpp"

#include "crypto/uuid.hpp"
#include "mail/mime.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <functional>

namespace secureauth::mail {
namespace {

using Mail = SmtpVerdict::Mail;
using std::chrono::milliseconds;
using std::chrono::seconds;
using telemetry::Level;

constexpr int kMostClaimed = 20;
constexpr auto kLookEvery = seconds(1);
constexpr auto kCommitTakes = milliseconds(50);  // from a mail's INSERT to its commit, as a rule
// One timeout to begin mails in, one for the last of them to end, one to settle it. A mail that takes a whole timeout
// is thus its batch's last: the next claim puts those first that were never tried.
constexpr int kLeaseInTimeouts = 3;
constexpr auto kLongestPause = std::chrono::hours(1);
constexpr auto kLongestPauseInOutage = std::chrono::minutes(5);  // what a mail may lag behind its server's return
constexpr auto kStopWithin = seconds(5);

}  // namespace

Delivery::Delivery(net::io_context& context, Parts parts, SmtpOptions options, seconds first_retry)
    : context_(context),
      parts_(std::move(parts)),
      sender_(options.sender),
      timeout_(options.timeout),
      first_retry_(first_retry),
      timer_(context),
      outage_pause_(seconds(1), seconds(10)),
      smtp_(std::move(options)) {}

void Delivery::start() {
  started_ = true;
  net::co_spawn(context_, run(), net::detached);
}

void Delivery::look_soon() {
  if (woken_.exchange(true)) return;
  net::post(context_, [this] {
    if (idle_) timer_.cancel();
  });
}

void Delivery::stop() {
  if (!std::exchange(started_, false)) return;
  smtp_.abort();
  net::post(context_, [this] {
    stopping_ = true;
    timer_.cancel();
  });
  ended_.get_future().wait_for(kStopWithin);
}

net::awaitable<void> Delivery::run() {
  while (!stopping_) {
    co_await drain();
    co_await wait_for_mail();
  }
  ended_.set_value();
}

net::awaitable<void> Delivery::wait_for_mail() {
  if (outage_) {
    co_await pause(outage_pause_.next());
  } else if (!woken_) {
    idle_ = true;
    co_await pause(kLookEvery);
    idle_ = false;
  }
  if (woken_ && !outage_) co_await pause(kCommitTakes);
  woken_ = false;
}

/// Delivers until nothing is due or the server fails.
net::awaitable<void> Delivery::drain() {
  try {
    bool more = true;
    while (more && !stopping_) more = co_await claim_and_deliver();
    outbox_fails_ = false;
  } catch (const std::exception& error) {
    if (std::exchange(outbox_fails_, true)) co_return;
    telemetry::log(Level::warning, "mail could not be taken from the outbox", {{"cause", error.what()}});
  }
}

/// False when nothing was due or the server fails.
net::awaitable<bool> Delivery::claim_and_deliver() {
  const auto now = parts_.clock.now();
  const bool due = co_await delivery_store::is_due(parts_.database, now);
  if (!due) co_return false;
  Batch batch{.lease = crypto::uuid_v7(parts_.random, now), .ends = now + kLeaseInTimeouts * timeout_, .mails = {}};
  const int most = outage_ ? 1 : kMostClaimed;  // one asks whether the server is back
  batch.mails = co_await delivery_store::claim(parts_.database, batch.lease, now, batch.ends, most);
  if (std::exchange(hurried_, false)) {  // where not all can be tried, the newest is: who asked for it still looks
    std::ranges::stable_sort(batch.mails, std::ranges::greater(),
                             [](const Claimed& mail) { return std::pair(mail.attempts <= 1, mail.created_at); });
  }
  auto attempt = Attempt::on;
  for (const auto& mail : batch.mails) {
    const bool in_time = parts_.clock.now() + 2 * timeout_ < batch.ends;
    hurried_ = hurried_ || !in_time;
    if (attempt == Attempt::on && in_time && !stopping_) {
      attempt = co_await try_one(batch, mail);
    } else {
      SmtpVerdict untried{.mail = Mail::untouched, .server_fault = false, .server_spoke = false, .reason = ""};
      co_await settle(batch, mail, std::move(untried));
    }
  }
  co_return !batch.mails.empty() && attempt == Attempt::on;
}

/// A mail that throws, such as one whose content is not what an outbox writes, is tried later like any that fails: it
/// must not take its batch with it, every time.
net::awaitable<Delivery::Attempt> Delivery::try_one(const Batch& batch, const Claimed& mail) {
  try {
    co_return co_await deliver(batch, mail);
  } catch (const std::exception& error) {
    telemetry::log(Level::warning, "a mail could not be tried", {{"mail", mail.id}, {"cause", error.what()}});
  }
  SmtpVerdict later{.mail = Mail::later,
                    .server_fault = false,
                    .server_spoke = false,
                    .reason = "could not be composed or handed over"};
  co_await settle(batch, mail, std::move(later));
  co_return Attempt::on;
}

net::awaitable<Delivery::Attempt> Delivery::deliver(const Batch& batch, const Claimed& mail) {
  SmtpVerdict verdict;
  if (const auto message = parts_.outbox.open(mail.content, mail.id)) {
    auto composed = compose(*message, sender_, mail.id, mail.created_at);
    verdict = co_await smtp_.send(message->recipient, std::move(composed));
    notice(verdict);
  } else {
    verdict = sealed_by_another(mail);
  }
  const bool server_fault = verdict.server_fault;
  co_await settle(batch, mail, std::move(verdict));
  co_return server_fault ? Attempt::off : Attempt::on;
}

/// Not dead: while SECRET_KEY is replaced, instances with either key claim each other's mail. One line, not one a mail.
SmtpVerdict Delivery::sealed_by_another(const Claimed& mail) {
  const auto* const why = "was sealed with another SECRET_KEY";
  if (!std::exchange(sealed_by_another_, true)) {
    telemetry::log(Level::warning, "a mail cannot be opened: it waits for an instance that can",
                   {{"mail", mail.id}, {"cause", why}});
  }
  return {.mail = Mail::later, .server_fault = false, .server_spoke = false, .reason = why};
}

/// Tries until the lease ends: a delivered mail whose settling is lost would be delivered again.
net::awaitable<void> Delivery::settle(const Batch& batch, const Claimed& mail, SmtpVerdict verdict) {
  while (true) {
    try {
      co_await settle_once(batch, mail, verdict);
      co_return;
    } catch (const db::DatabaseError& error) {
      telemetry::log(Level::warning, "the outcome of a mail could not be recorded",
                     {{"mail", mail.id}, {"cause", error.what()}});
    }
    if (stopping_ || verdict.mail != Mail::delivered || parts_.clock.now() >= batch.ends) co_return;
    co_await pause(kLookEvery);
  }
}

net::awaitable<void> Delivery::settle_once(const Batch& batch, const Claimed& mail, const SmtpVerdict& verdict) {
  auto& database = parts_.database;
  const auto now = parts_.clock.now();
  switch (verdict.mail) {
    case Mail::delivered:
      co_await delivery_store::settle_sent(database, mail.id, batch.lease, now);
      telemetry::metrics().mails.add("delivered");
      co_return;
    case Mail::untouched:
      co_await delivery_store::give_back(database, mail.id, batch.lease, now);
      co_return;
    case Mail::later:
      if (const auto due = next_try(mail, verdict.server_fault); due < mail.expires_at) {
        co_await delivery_store::settle_later(database, mail.id, batch.lease, due, verdict.reason);
        telemetry::metrics().mails.add("deferred");
        co_return;
      }
      break;
    case Mail::never:
      break;
  }
  co_await give_up(batch, mail, verdict.reason);
}

net::awaitable<void> Delivery::give_up(const Batch& batch, const Claimed& mail, std::string reason) {
  const auto now = parts_.clock.now();
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    auto kind = co_await delivery_store::settle_dead(tx, mail.id, batch.lease, now, reason);
    if (!kind || !parts_.on_given_up) co_return Result<void>{};
    GivenUpMail given_up{.id = mail.id, .kind = *std::move(kind)};
    co_await parts_.on_given_up(tx, std::move(given_up));
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
  telemetry::metrics().mails.add("given_up");
  telemetry::log(Level::warning, "a mail is given up", {{"mail", mail.id}, {"cause", reason}});
}

Timestamp Delivery::next_try(const Claimed& mail, bool server_fault) const {
  const milliseconds longest = server_fault ? milliseconds(kLongestPauseInOutage) : milliseconds(kLongestPause);
  const auto doublings = std::clamp<std::int64_t>(mail.attempts - 1, 0, 12);
  const auto pause = std::min<milliseconds>(milliseconds(first_retry_) * (std::int64_t{1} << doublings), longest);
  return parts_.clock.now() + jittered(pause);
}

/// One line when an outage begins and one when it ends, however many mails it concerns.
void Delivery::notice(const SmtpVerdict& verdict) {
  if (!verdict.server_spoke || verdict.server_fault == outage_) return;
  outage_ = verdict.server_fault;
  if (outage_) {
    outage_pause_.reset();
    telemetry::log(Level::error, "the mail server does not take mail: it waits", {{"cause", verdict.reason}});
  } else {
    telemetry::log(Level::info, "the mail server takes mail again");
  }
  if (parts_.on_outage) parts_.on_outage(outage_ ? std::optional(verdict.reason) : std::nullopt);
}

net::awaitable<void> Delivery::pause(milliseconds time) {
  if (stopping_) co_return;
  timer_.expires_after(time);
  co_await timer_.async_wait(net::as_tuple(net::use_awaitable));
}

}  // namespace secureauth::mail
