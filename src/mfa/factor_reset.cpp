#include "mfa/factor_reset.hpp"

#include "mfa/factor_store.hpp"
#include "mfa/passkeys/passkey_store.hpp"

namespace secureauth::mfa {

net::awaitable<void> FactorReset::operator()(db::Transaction& tx, accounts::Account account, audit::Operator by,
                                             sessions::Sessions::Ended& ended) {
  const auto& user = account.user;
  co_await remove_all(tx, user.id);
  ended = co_await parts_.sessions.end_all(tx, user.id, audit::name_of(audit::Event::factors_reset), by);
  audit::Entry entry{.event = audit::Event::factors_reset,
                     .actor = by.actor,
                     .subject = user.id,
                     .session = by.session,
                     .client = by.client};
  co_await parts_.audit.record(tx, std::move(entry));
  accounts::Recipient owner{user.email, account.email_key, locale_of(user)};
  auto letter = parts_.letters.notice(mail::Kind::factors_reset, std::move(owner), parts_.clock.now(), by.client);
  co_await parts_.outbox.enqueue(tx, std::move(letter), mail::Cap::none);
}

net::awaitable<void> FactorReset::drop(db::Transaction& tx, Drop drop) {
  const auto& user = drop.user;
  const auto since = drop.since;
  const bool passkeys = co_await passkey_store::erase_since(tx, user, since);
  const auto app = co_await parts_.totp.find(tx, user);
  const bool app_goes = app && app->created_at >= since;
  if (app_goes) co_await parts_.totp.remove(tx, user);
  if (!passkeys && !app_goes) co_return;
  co_await factor_store::refresh(tx, user, true);
  audit::Entry entry{.event = audit::Event::factors_reset,
                     .actor = user,
                     .subject = user,
                     .client = std::move(drop.client),
                     .details = {{"reason", audit::name_of(drop.cause)}}};
  co_await parts_.audit.record(tx, std::move(entry));
}

net::awaitable<void> FactorReset::remove_all(db::Transaction& tx, UserId user) {
  co_await passkey_store::erase_all(tx, user);
  co_await parts_.totp.remove(tx, user);
  for (const auto factor : {accounts::Factor::totp, accounts::Factor::recovery_code}) {
    co_await parts_.guesses.forgive(tx, user, factor);
  }
  co_await factor_store::demand(tx, user, parts_.clock.now());
  co_await factor_store::refresh(tx, user, true);
}

}  // namespace secureauth::mfa
