#include "mfa/factor_changes.hpp"

#include "accounts/user_store.hpp"
#include "mfa/factor_store.hpp"

namespace secureauth::mfa {

using sessions::Sessions;

net::awaitable<Result<Sessions::Opened>> FactorChanges::finish(db::Transaction& tx, Change change,
                                                               Sessions::Ended& ended) {
  const auto& user = change.session->user.id;
  const auto event = audit::name_of(change.event);
  co_await factor_store::refresh(tx, user, change.factor != accounts::Factor::recovery_code);
  if (change.end_other_sessions) {
    const auto others = co_await parts_.sessions.end_all_but(tx, change.session, event, change.client);
    ended.insert(ended.end(), others.begin(), others.end());
  } else {
    co_await parts_.sessions.read_anew(tx, user, ended);
  }
  auto opened = co_await parts_.sessions.renew(tx, change.session, change.assurance, change.client, ended);
  if (!opened) co_return opened.error();
  audit::Entry entry{.event = change.event,
                     .actor = user,
                     .subject = user,
                     .session = opened->id,
                     .client = change.client,
                     .details = change.details};
  entry.details["method"] = accounts::to_text(change.factor);
  co_await parts_.audit.record(tx, std::move(entry));
  co_await tell_owner(tx, change);
  co_return opened;
}

net::awaitable<void> FactorChanges::tell_owner(db::Transaction& tx, const Change& change) {
  const auto account = co_await accounts::user_store::find_by_id(tx, change.session->user.id);
  if (!account) co_return;
  accounts::Recipient owner{account->user.email, account->email_key, locale_of(account->user)};
  auto letter = parts_.letters.notice(change.notice, std::move(owner), parts_.clock.now(), change.client,
                                      {.factor = change.factor});
  co_await parts_.outbox.enqueue(tx, std::move(letter), mail::Cap::none);
}

}  // namespace secureauth::mfa
