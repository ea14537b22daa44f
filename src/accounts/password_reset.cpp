#include "accounts/password_reset.hpp"

#include "accounts/password_credential.hpp"
#include "accounts/registration_store.hpp"
#include "crypto/uuid.hpp"

namespace secureauth::accounts {

using sessions::Sessions;

/// Who gets which mail, and under whose id its statements run.
struct PasswordReset::Mailing {
  UserId nobody;   ///< an id that no account has
  UserId subject;  ///< the account's, or `nobody`
  mail::Kind kind = mail::Kind::reset_password;
  Recipient to;
  mail::Cap cap = mail::Cap::nobody;
};

net::awaitable<void> PasswordReset::request(EmailAddress email, ClientInfo client) {
  const auto now = parts_.clock.now();
  const UserId nobody(crypto::uuid_v7(parts_.random, now));
  const auto token = ResetToken::generate(parts_.random);
  const auto address = parts_.digest.of(email.key());
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    const auto known = co_await find_password_credentials(tx, email.key(), parts_.guesses.subject_of(email.key()), now);
    Mailing mailing{.nobody = nobody, .subject = nobody, .to = {email.spelling(), email.key()}};
    const auto& found = known.account ? known.account : known.registration;
    std::optional<UserId> recorded;
    if (found) {
      const auto& user = found->user;
      recorded = user.id;
      if (user.status == Status::active) {
        mailing.to = {user.email, email.key(), locale_of(user)};
        mailing.cap = mail::Cap::hourly;
        if (known.account) mailing.subject = user.id;
        if (!known.account) mailing.kind = mail::Kind::sign_up_again;
      }
    }
    tx.serialize_on(serial_subject(mailing.subject));
    co_await mail_link(tx, std::move(mailing), token, client, now);
    audit::Entry entry{.event = audit::Event::password_reset_requested, .subject = recorded, .client = client};
    if (!recorded) entry.details["address"] = address;
    co_await parts_.audit.record(tx, std::move(entry));
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
}

net::awaitable<bool> PasswordReset::send(db::Transaction& tx, Account account, audit::Operator by) {
  const auto now = parts_.clock.now();
  const auto& user = account.user;
  Mailing mailing{.nobody = UserId(crypto::uuid_v7(parts_.random, now)),
                  .subject = user.id,
                  .to = {user.email, account.email_key, locale_of(user)},
                  .cap = mail::Cap::hourly};
  // From where staff asks for it is not for the owner to know.
  ClientInfo unnamed{.ip = "\u2013", .user_agent = "", .request_id = by.client.request_id};
  const bool mailed =
      co_await mail_link(tx, std::move(mailing), ResetToken::generate(parts_.random), std::move(unnamed), now);
  if (!mailed) co_return false;
  audit::Entry entry{.event = audit::Event::reset_mail_sent,
                     .actor = by.actor,
                     .subject = user.id,
                     .session = by.session,
                     .client = std::move(by.client)};
  co_await parts_.audit.record(tx, std::move(entry));
  co_return true;
}

net::awaitable<bool> PasswordReset::mail_link(db::Transaction& tx, Mailing mailing, ResetToken token, ClientInfo client,
                                              Timestamp now) {
  auto letter = parts_.letters.with_token(mailing.kind, mailing.to, "/reset-password", token.text(), token_ttl_);
  mail::say_when_and_where(letter, now, client);
  const bool queued = co_await parts_.outbox.enqueue(tx, std::move(letter), mailing.cap);
  // A link that is not mailed must not kill the one that was. The statements run all the same, for nobody.
  const auto subject = queued ? mailing.subject : mailing.nobody;
  co_await one_time_token_store::discard(tx, subject, TokenKind::reset_password);
  one_time_token_store::New made{.hash = token.hash(),
                                 .kind = TokenKind::reset_password,
                                 .user = subject,
                                 .held_by = mailing.to.email_key,
                                 .created_at = now,
                                 .expires_at = now + token_ttl_};
  co_await one_time_token_store::insert(tx, parts_.random, std::move(made));
  co_return queued;
}

net::awaitable<Result<void>> PasswordReset::confirm(ResetToken token, passwords::Password password, ClientInfo client) {
  // Before anything is hashed: a stranger without a token gets no work out of the hashing pool, and learns from the
  // time only that he guessed none of 2^256.
  const auto now = parts_.clock.now();
  auto found = co_await one_time_token_store::find(parts_.database, token.hash(), TokenKind::reset_password, now);
  if (!found) co_return ErrorCode::invalid_token;
  const auto& user = found->account.user;
  passwords::PasswordOwner owner{user.email, user.name};
  const auto verdict = co_await parts_.policy.check(password.clone(), std::move(owner), "new_password");
  if (!verdict) co_return verdict.error();
  auto hash = co_await parts_.hasher.hash(std::move(password));
  if (!hash) co_return hash.error();
  auto set = co_await set_password(std::move(found->account), token, *std::move(hash), std::move(client));
  co_return set;
}

net::awaitable<Result<void>> PasswordReset::set_password(Account account, ResetToken token, std::string hash,
                                                         ClientInfo client) {
  const auto& user = account.user;
  const auto now = parts_.clock.now();
  const auto guessed = parts_.guesses.subject_of(account.email_key);
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    ended.clear();
    tx.serialize_on(serial_subject(user.id));
    const bool won = co_await one_time_token_store::consume(tx, token.hash(), TokenKind::reset_password, now);
    if (!won) co_return ErrorCode::invalid_token;
    const bool set = co_await user_store::reset_password(tx, user.id, hash, now);
    if (!set) co_return ErrorCode::invalid_token;
    co_await one_time_token_store::discard(tx, user.id, TokenKind::reset_password);
    co_await one_time_token_store::discard(tx, user.id, TokenKind::change_email);
    co_await registration_store::discard_for(tx, account.email_key);
    co_await parts_.guesses.unlock(tx, guessed);
    audit::Entry entry{.event = audit::Event::password_reset, .actor = user.id, .subject = user.id, .client = client};
    co_await parts_.audit.record(tx, std::move(entry));
    ended = co_await parts_.sessions.end_all(tx, user.id, audit::name_of(audit::Event::password_reset), client);
    auto notice = parts_.letters.notice(mail::Kind::password_changed, {user.email, account.email_key, locale_of(user)},
                                        now, client);
    co_await parts_.outbox.enqueue(tx, std::move(notice), mail::Cap::none);
    co_return Result<void>{};
  };
  auto result = co_await parts_.sessions.ending(body, ended);
  co_return result;
}

}  // namespace secureauth::accounts
