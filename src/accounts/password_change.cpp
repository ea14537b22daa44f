#include "accounts/password_change.hpp"

#include "accounts/one_time_token_store.hpp"
#include "crypto/digest.hpp"

namespace secureauth::accounts {

using sessions::SessionRef;
using sessions::Sessions;

net::awaitable<Result<PasswordChange::Changed>> PasswordChange::operator()(SessionRef session, Request request) {
  PasswordProof::Attempt attempt{.session = session,
                                 .password = request.current.clone(),
                                 .client = request.client,
                                 .known_browser = request.known_browser,
                                 .failed = audit::Event::password_change_failed};
  const auto proven = co_await parts_.proof(std::move(attempt));
  if (!proven) co_return proven.error();
  if (crypto::equal(request.wanted.bytes().bytes(), request.current.bytes().bytes())) {
    std::vector<FieldError> fields{{"new_password", "same_as_current", "This is the password you have now."}};
    co_return Error(std::move(fields));
  }
  passwords::PasswordOwner owner{session->user.email, session->user.name};
  const auto verdict = co_await parts_.policy.check(request.wanted.clone(), std::move(owner), "new_password");
  if (!verdict) co_return verdict.error();
  auto hash = co_await parts_.hasher.hash(std::move(request.wanted));
  if (!hash) co_return hash.error();
  const protection::KnownBrowsers::Owner before{session->user.id, proven->version, proven->factors_version};
  auto opened = co_await set_password(std::move(session), *std::move(hash), std::move(request.client));
  if (!opened) co_return opened.error();
  co_return Changed{*std::move(opened), keep_known(request.known_browser, before)};
}

std::optional<std::string> PasswordChange::keep_known(std::string_view cookie,
                                                      protection::KnownBrowsers::Owner owner) const {
  for (const auto factors : {owner.factors_version, std::int64_t{0}}) {
    owner.factors_version = factors;
    if (!parts_.browsers.knows(cookie, owner)) continue;
    ++owner.password_version;  // the next one: any other change in between would have ended this session
    return parts_.browsers.remember(cookie, owner);
  }
  return std::nullopt;
}

net::awaitable<Result<Sessions::Opened>> PasswordChange::set_password(SessionRef session, std::string hash,
                                                                      ClientInfo client) {
  const auto& user = session->user.id;
  const auto now = parts_.clock.now();
  auto assurance = session->assurance;
  assurance.auth_time = now;
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Sessions::Opened>> {
    ended.clear();
    tx.serialize_on(serial_subject(user));
    const auto account = co_await user_store::find_by_id(tx, user);
    if (!account) co_return ErrorCode::unauthenticated;
    const auto allowed = sessions::AssurancePolicy::check_again(*session, account->user);
    if (!allowed) co_return allowed.error();
    const bool set = co_await user_store::set_password(tx, user, hash, now);
    if (!set) co_return ErrorCode::unauthenticated;
    co_await one_time_token_store::discard(tx, user, TokenKind::reset_password);
    co_await one_time_token_store::discard(tx, user, TokenKind::change_email);
    ended = co_await parts_.sessions.end_all_but(tx, session, audit::name_of(audit::Event::password_changed), client);
    // Whoever changed the password first ended this session: of two at once, one is kept.
    auto opened = co_await parts_.sessions.renew(tx, session, assurance, client, ended);
    if (!opened) co_return opened.error();
    audit::Entry entry{.event = audit::Event::password_changed,
                       .actor = user,
                       .subject = user,
                       .session = opened->id,
                       .client = client};
    co_await parts_.audit.record(tx, std::move(entry));
    auto notice = parts_.letters.notice(
        mail::Kind::password_changed, {account->user.email, account->email_key, locale_of(account->user)}, now, client);
    co_await parts_.outbox.enqueue(tx, std::move(notice), mail::Cap::none);
    co_return opened;
  };
  auto opened = co_await parts_.sessions.ending(body, ended);
  co_return opened;
}

}  // namespace secureauth::accounts
