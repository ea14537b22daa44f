#include "accounts/account_deletion.hpp"

#include "accounts/admins_left.hpp"
#include "accounts/registration_store.hpp"
#include "accounts/user_store.hpp"

namespace secureauth::accounts {

net::awaitable<Result<void>> AccountDeletion::operator()(sessions::SessionRef session, ClientInfo client) {
  const auto& user = session->user.id;
  sessions::Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    ended.clear();
    tx.serialize_on(std::string(kAdministration));
    tx.serialize_on(serial_subject(user));
    const auto account = co_await user_store::find_by_id(tx, user);
    if (!account) co_return ErrorCode::unauthenticated;
    const auto allowed = sessions::AssurancePolicy::check_again(*session, account->user);
    if (!allowed) co_return allowed.error();
    const auto left = co_await check_admins_left(tx, account->user);
    if (!left) co_return left.error();
    audit::Operator owner{.actor = user, .session = session->id, .client = client};
    co_await erase(tx, *account, std::move(owner), ended);
    co_return Result<void>{};
  };
  auto result = co_await parts_.sessions.ending(body, ended);
  co_return result;
}

net::awaitable<void> AccountDeletion::erase(db::Transaction& tx, Account account, audit::Operator by,
                                            sessions::Sessions::Ended& ended) {
  const auto& user = account.user;
  const bool by_owner = by.actor == user.id;
  ended = co_await parts_.sessions.end_all(tx, user.id, audit::name_of(audit::Event::user_deleted), by);
  co_await user_store::erase(tx, user.id);
  co_await registration_store::discard_for(tx, account.email_key);
  co_await parts_.outbox.drop(tx, account.email_key);
  auto notice = parts_.letters.notice(by_owner ? mail::Kind::account_deleted : mail::Kind::account_removed,
                                      {user.email, account.email_key, locale_of(user)}, parts_.clock.now(), by.client);
  co_await parts_.outbox.enqueue(tx, std::move(notice), mail::Cap::none);
  audit::Entry entry{.event = audit::Event::user_deleted,
                     .actor = by.actor,
                     .subject = user.id,
                     .session = by.session,
                     .client = std::move(by.client)};
  co_await parts_.audit.record(tx, std::move(entry));
}

}  // namespace secureauth::accounts
