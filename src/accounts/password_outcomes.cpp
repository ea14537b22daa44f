#include "accounts/password_outcomes.hpp"

namespace secureauth::accounts {
namespace {

/// So many wrong passwords before the right one were perhaps not the owner's (ASVS 6.3.5).
constexpr std::int64_t kManyFailures = 5;

}  // namespace

net::awaitable<void> PasswordOutcomes::wrong(db::Transaction& tx, Spent spent, audit::Entry failure,
                                             Owner owner) const {
  const bool known_browser = spent.guess.known_browser.has_value();
  const auto counted = co_await parts_.guesses.count_failure(tx, std::move(spent));
  audit::Entry locked{.event = audit::Event::account_locked,
                      .outcome = audit::Outcome::failure,
                      .actor = failure.actor,
                      .subject = failure.subject,
                      .session = failure.session,
                      .client = failure.client,
                      .details = {{"method", "pwd"}, {"in_a_row", counted.in_a_row}, {"known_browser", known_browser}}};
  if (const auto* address = failure.details.if_contains("address")) locked.details["address"] = *address;
  co_await parts_.audit.record(tx, std::move(failure));
  if (!counted.locks) co_return;
  auto client = locked.client;
  co_await parts_.audit.record(tx, std::move(locked));
  if (!counted.is_news) co_return;
  co_await tell_of_lock(tx, std::move(owner), std::move(client), counted.in_a_row);
}

net::awaitable<void> PasswordOutcomes::right(db::Transaction& tx, Spent spent, Owner owner, ClientInfo client) const {
  // What strangers failed an owner in a known browser has heard of when it locked, and it stays.
  const auto failures = spent.guess.known_browser ? spent.before.of(true).in_a_row : spent.before.total();
  if (failures == 0) co_return;
  co_await parts_.guesses.forgive(tx, spent.guess);
  if (failures < kManyFailures) co_return;
  const AccountLetters::Details details{.factor = Factor::password, .failures = failures};
  auto letter = parts_.letters.notice(mail::Kind::sign_in_after_failures, std::move(owner.mailbox), parts_.clock.now(),
                                      client, details);
  // Whoever has the password could have one sent with every sixth try.
  co_await parts_.outbox.notify(tx, std::move(letter), mail::Cap::hourly);
}

net::awaitable<void> PasswordOutcomes::tell_of_lock(db::Transaction& tx, Owner owner, ClientInfo client,
                                                    std::int64_t failures) const {
  const AccountLetters::Details details{.factor = Factor::password, .failures = failures};
  auto letter =
      parts_.letters.notice(mail::Kind::account_locked, std::move(owner.mailbox), parts_.clock.now(), client, details);
  // News of a lock comes twice at most, so the cap silences none. Without one the work would tell who has an account.
  co_await parts_.outbox.notify(tx, std::move(letter), owner.is_told ? mail::Cap::hourly : mail::Cap::nobody);
}

}  // namespace secureauth::accounts
