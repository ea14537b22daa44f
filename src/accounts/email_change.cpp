#include "accounts/email_change.hpp"

#include "accounts/password_credential.hpp"
#include "accounts/registration_store.hpp"
#include "crypto/uuid.hpp"

namespace secureauth::accounts {
namespace {

using audit::Event;
using sessions::Sessions;

Recipient old_mailbox(const one_time_token_store::Found& found) {
  const auto& [user, email_key] = found.account;
  return {user.email, email_key, locale_of(user)};
}

Recipient new_mailbox(const one_time_token_store::Found& found) {
  return {found.address->email, found.address->email_key, locale_of(found.account.user)};
}

/// The unique index decides who of two gets an address; the other one's link is worth nothing.
template <class Work>
net::awaitable<Result<void>> unless_taken(Work work) {
  try {
    auto result = co_await work();
    co_return result;
  } catch (const db::ConstraintViolation&) {
    co_return ErrorCode::invalid_token;
  }
}

}  // namespace

net::awaitable<Result<void>> EmailChange::request(sessions::SessionRef session, EmailAddress wanted,
                                                  ClientInfo client) {
  const auto& user = session->user.id;
  const auto now = parts_.clock.now();
  const UserId nobody(crypto::uuid_v7(parts_.random, now));
  const auto token = EmailChangeToken::generate(parts_.random);
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    tx.serialize_on(serial_subject(user));
    const auto account = co_await user_store::find_by_id(tx, user);
    if (!account) co_return ErrorCode::unauthenticated;
    const auto allowed = sessions::AssurancePolicy::check_again(*session, account->user);
    if (!allowed) co_return allowed.error();
    const auto locale = locale_of(account->user);
    std::vector<std::string> mailboxes{wanted.key(), account->email_key};
    mail::Outbox::take_turns(tx, std::move(mailboxes));
    const auto holder = co_await registration_store::owner_of(tx, wanted.key());
    const bool taken = holder && holder->id != user.text();
    auto notice = parts_.letters.notice(mail::Kind::email_change_asked,
                                        {account->user.email, account->email_key, locale}, now, client);
    notice.values["new_email"] = mail::masked(wanted.spelling());
    const bool granted = co_await parts_.outbox.enqueue(tx, std::move(notice));
    // For a taken address the token is made as well, and nobody ever gets it.
    Recipient to{taken ? holder->email : wanted.spelling(), wanted.key(),
                 taken ? locale_or_english(holder->locale) : locale};
    const auto kind = taken ? mail::Kind::address_wanted : mail::Kind::confirm_email_change;
    auto link = parts_.letters.with_token(kind, std::move(to), "/confirm-email", token.text(), token_ttl_);
    co_await parts_.outbox.notify(tx, std::move(link), granted ? mail::Cap::hourly : mail::Cap::nobody);
    // Whether the new address was written to decides nothing that the account can see: how full its hour is would tell
    // whether somebody has it. The account's own hour decides; beyond it the statements run for nobody.
    const auto subject = granted ? user : nobody;
    co_await one_time_token_store::discard(tx, subject, TokenKind::change_email);
    one_time_token_store::New made{.hash = token.hash(),
                                   .kind = TokenKind::change_email,
                                   .user = subject,
                                   .held_by = account->email_key,
                                   .address = one_time_token_store::Address{wanted.spelling(), wanted.key()},
                                   .created_at = now,
                                   .expires_at = now + token_ttl_};
    co_await one_time_token_store::insert(tx, parts_.random, std::move(made));
    audit::Entry entry{.event = Event::email_change_requested,
                       .actor = user,
                       .subject = user,
                       .session = session->id,
                       .client = client};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return Result<void>{};
  };
  auto result = co_await parts_.database.transaction(body);
  co_return result;
}

net::awaitable<Result<void>> EmailChange::confirm(EmailChangeToken token, ClientInfo client) {
  const auto now = parts_.clock.now();
  const Then then = [this, now, client](db::Transaction& tx, const Found& found) -> net::awaitable<void> {
    // A way back to the address that an undo leads to is that undo: the mailboxes in between may be an intruder's, and
    // get no link that would take the account away again.
    const auto& user = found.account.user.id;
    const auto left_at = co_await one_time_token_store::undo_made_at(tx, user, found.address->email_key, now);
    if (left_at) {
      co_await one_time_token_store::discard_undo_since(tx, user, *left_at);
      co_await tell(tx, mail::Kind::email_change_undone, old_mailbox(found), now, client);
    } else {
      co_await offer_undo(tx, found, now, client);
    }
    co_await tell(tx, mail::Kind::email_change_done, new_mailbox(found), now, client);
  };
  const Link link{token.hash(), TokenKind::change_email, Event::email_changed};
  auto result = co_await follow(link, now, client, then);
  co_return result;
}

net::awaitable<Result<void>> EmailChange::undo(EmailUndoToken token, ClientInfo client) {
  const auto now = parts_.clock.now();
  const Then then = [this, now, client](db::Transaction& tx, const Found& found) -> net::awaitable<void> {
    // The mailboxes in between came by changes that this one takes back.
    const auto& user = found.account.user.id;
    co_await one_time_token_store::discard_undo_since(tx, user, found.created_at);
    // And so did the factors that were enrolled since: the owner heard of none, and a reset leaves them.
    co_await parts_.drop_factors(tx, user, found.created_at, Event::email_change_undone, client);
    co_await demand_password_change(tx, user, PasswordMustChange::compromised);
    co_await tell(tx, mail::Kind::email_change_undone, new_mailbox(found), now, client);
    co_await tell(tx, mail::Kind::email_change_undone, old_mailbox(found), now, client);
  };
  const Link link{token.hash(), TokenKind::undo_email_change, Event::email_change_undone};
  auto result = co_await follow(link, now, client, then);
  co_return result;
}

net::awaitable<Result<void>> EmailChange::follow(Link link, Timestamp now, ClientInfo client, Then then) {
  const auto found = co_await one_time_token_store::find(parts_.database, link.hash, link.kind, now);
  if (!found) co_return ErrorCode::invalid_token;
  const auto& user = found->account.user.id;
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    ended.clear();
    tx.serialize_on(serial_subject(user));
    const bool won = co_await one_time_token_store::consume(tx, link.hash, link.kind, now);
    if (!won) co_return ErrorCode::invalid_token;
    auto moved = co_await move(tx, *found, now, audit::name_of(link.event), client, ended);
    if (!moved) co_return moved.error();
    co_await then(tx, *found);
    audit::Entry entry{.event = link.event, .actor = user, .subject = user, .client = client};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return Result<void>{};
  };
  auto work = [&]() -> net::awaitable<Result<void>> { return parts_.sessions.ending(body, ended); };
  auto result = co_await unless_taken(work);
  co_return result;
}

net::awaitable<Result<void>> EmailChange::move(db::Transaction& tx, const Found& found, Timestamp now,
                                               std::string_view reason, ClientInfo client, Sessions::Ended& ended) {
  const auto& user = found.account.user.id;
  const auto& to = *found.address;
  // Who was read before the transaction may have moved since: then the link is as old as that address.
  const bool moved = co_await user_store::set_email(tx, user, found.account.email_key, to.email, to.email_key, now);
  if (!moved) co_return ErrorCode::invalid_token;
  co_await one_time_token_store::discard(tx, user, TokenKind::reset_password);
  co_await one_time_token_store::discard(tx, user, TokenKind::change_email);
  co_await registration_store::discard_for(tx, to.email_key);
  co_await parts_.guesses.unlock(tx, parts_.guesses.subject_of(to.email_key));  // guessed before it was this account's
  // All of them: what the caches hold shows the old address, and whoever opens the link has no session here.
  ended = co_await parts_.sessions.end_all(tx, user, reason, std::move(client));
  co_return Result<void>{};
}

net::awaitable<void> EmailChange::offer_undo(db::Transaction& tx, const Found& found, Timestamp now,
                                             ClientInfo client) {
  const auto& [user, email_key] = found.account;
  const auto token = EmailUndoToken::generate(parts_.random);
  one_time_token_store::New made{.hash = token.hash(),
                                 .kind = TokenKind::undo_email_change,
                                 .user = user.id,
                                 .held_by = found.address->email_key,
                                 .address = one_time_token_store::Address{user.email, email_key},
                                 .created_at = now,
                                 .expires_at = now + kUndoLives};
  co_await one_time_token_store::insert(tx, parts_.random, std::move(made));
  auto letter = parts_.letters.with_token(mail::Kind::email_changed, old_mailbox(found), "/confirm-email?undo",
                                          token.text(), kUndoLives);
  mail::say_when_and_where(letter, now, client);
  letter.values["new_email"] = mail::masked(found.address->email);
  co_await parts_.outbox.enqueue(tx, std::move(letter), mail::Cap::none);
}

net::awaitable<void> EmailChange::tell(db::Transaction& tx, mail::Kind kind, Recipient to, Timestamp now,
                                       ClientInfo client) {
  auto notice = parts_.letters.notice(kind, std::move(to), now, client);
  co_await parts_.outbox.enqueue(tx, std::move(notice), mail::Cap::none);
}

}  // namespace secureauth::accounts
