#include "sessions/sessions.hpp"

#include "core/together.hpp"
#include "crypto/uuid.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace secureauth::sessions {
namespace {

constexpr auto kWriteUseAtLeastEvery = std::chrono::minutes(1);

Timestamp from_micros(std::int64_t micros) {
  return Timestamp(std::chrono::microseconds(micros));
}

}  // namespace

Sessions::Sessions(Parts parts, Options options)
    : parts_(parts),
      options_(options),
      write_use_every_(std::min<std::chrono::microseconds>(std::chrono::microseconds(options.idle_timeout) / 15,
                                                           kWriteUseAtLeastEvery)),
      cache_(options.local_cache) {}

net::awaitable<Result<Sessions::Opened>> Sessions::open(SignIn sign_in) {
  if (auto allowed = check(sign_in); !allowed) co_return allowed.error();
  const auto made = make_session(sign_in);
  Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Session>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(sign_in.user.id));
    auto written = co_await write(tx, sign_in, made.session, ended);
    co_return written;
  };
  auto opened = co_await ending(body, ended);
  if (!opened) co_return opened.error();
  std::vector<net::awaitable<void>> told;
  if (parts_.shared != nullptr) told.push_back(parts_.shared->keep(*std::move(opened), made.session.created_at));
  if (sign_in.afterwards) told.push_back(sign_in.afterwards());
  if (!told.empty()) co_await together(std::move(told));
  co_return Opened{made.token, made.session.id};
}

net::awaitable<Result<Sessions::Opened>> Sessions::open(db::Transaction& tx, SignIn sign_in, Ended& ended) {
  if (auto allowed = check(sign_in); !allowed) co_return allowed.error();
  const auto made = make_session(sign_in);
  const auto written = co_await write(tx, sign_in, made.session, ended);
  if (!written) co_return written.error();
  co_return Opened{made.token, made.session.id};
}

Result<void> Sessions::check(const SignIn& sign_in) const {
  const auto& user = sign_in.user;
  if (!user.email_verified) return ErrorCode::email_not_verified;
  if (user.status != accounts::Status::active) return ErrorCode::account_disabled;
  if (user.password_must_change) return ErrorCode::password_change_required;
  const bool may_skip = sign_in.trusted_browser && !parts_.policy.demands_factor(user.role);
  if (sign_in.aal < 2 && user.has_second_factor() && !may_skip) return ErrorCode::mfa_failed;
  return {};
}

net::awaitable<Result<Session>> Sessions::write(db::Transaction& tx, const SignIn& sign_in, const Session& session,
                                                Ended& ended) {
  const auto& user = sign_in.user;
  co_await session_store::insert(tx, session, sign_in.client, sign_in.proven);
  // Read back, so that role and name are those of now and not of the moment when the password was looked up.
  auto opened = co_await session_store::find(tx, session.token_hash, session.created_at);
  if (!opened) {
    const auto refusal = co_await session_store::refusal(tx, user.id);
    co_return refusal;
  }
  std::optional<TokenHash> replaced;
  if (sign_in.presented) replaced = sign_in.presented->hash();
  auto gone = co_await session_store::end_replaced(tx, replaced, session, options_.most_per_user);
  ended.insert(ended.end(), gone.begin(), gone.end());
  co_await audit_replaced(tx, std::move(gone), replaced, sign_in.client);
  if (sign_in.also) co_await sign_in.also(tx);
  audit::Entry entry{.event = audit::Event::login_succeeded,
                     .actor = user.id,
                     .subject = user.id,
                     .session = session.id,
                     .client = sign_in.client,
                     .details = sign_in.details};
  co_await parts_.audit.record(tx, std::move(entry));
  co_return *std::move(opened);
}

net::awaitable<Result<Sessions::Opened>> Sessions::renew(db::Transaction& tx, SessionRef current, Assurance assurance,
                                                         ClientInfo client, Ended& ended) {
  const auto [token, session] = make_session(current->user, std::move(assurance));
  auto replaced = co_await session_store::end_by_token(tx, current->token_hash);
  if (replaced.empty()) co_return ErrorCode::unauthenticated;
  ended.insert(ended.end(), replaced.begin(), replaced.end());
  co_await audit_ended(tx, std::move(replaced), "renewed", client);
  co_await session_store::insert(tx, session, std::move(client), {});
  const auto opened = co_await session_store::find(tx, session.token_hash, session.created_at);
  if (!opened) co_return ErrorCode::unauthenticated;
  co_return Opened{token, session.id};
}

net::awaitable<void> Sessions::read_anew(db::Transaction& tx, UserId user, Ended& ended) {
  const auto all = co_await session_store::find_all(tx, std::move(user));
  ended.insert(ended.end(), all.begin(), all.end());
}

Sessions::Made Sessions::make_session(const SignIn& sign_in) const {
  const auto now = parts_.clock.now();
  Assurance assurance{.aal = sign_in.aal, .amr = sign_in.amr, .auth_time = now};
  assurance.factor = sign_in.factor;
  if (sign_in.aal >= 2) assurance.stepped_up_at = now;
  return make_session(sign_in.user, std::move(assurance));
}

Sessions::Made Sessions::make_session(accounts::User user, Assurance assurance) const {
  const auto now = parts_.clock.now();
  const auto token = SessionToken::generate(parts_.random);
  return {.token = token,
          .session = {.id = SessionId(crypto::uuid_v7(parts_.random, now)),
                      .token_hash = token.hash(),
                      .user = std::move(user),
                      .assurance = std::move(assurance),
                      .created_at = now,
                      .expires_at = now + options_.absolute_timeout,
                      .activity = nullptr,
                      .profile = {}}};
}

net::awaitable<Result<SessionRef>> Sessions::check(SessionToken token) {
  const auto hash = token.hash();
  const auto now = parts_.clock.now();
  auto session = cache_.find(hash, now);
  if (session && is_alive(*session, now)) co_return session;

  // A cache may lag behind a use that another instance saw: only the record store says that a session is over.
  const auto kept = cache_.kept(hash);
  bool may_keep = false;
  if (parts_.shared != nullptr) {
    auto found = co_await parts_.shared->find(hash, kept.session);
    may_keep = found.may_keep;
    session = std::move(found.known);
    if (session) cache_.renew(session, kept.epoch, now);
    if (found.session) session = cache_.put(*std::move(found.session), kept.epoch, now);
    if (session && is_alive(*session, now)) co_return session;
  }

  auto read = co_await session_store::find(parts_.database, hash, now);
  if (!read) co_return ErrorCode::unauthenticated;
  if (may_keep) {  // beside the answer: nobody waits for a cache to be filled
    net::co_spawn(co_await net::this_coro::executor, parts_.shared->keep(*read, now), net::detached);
  }
  session = cache_.put(*std::move(read), kept.epoch, now);
  if (!is_alive(*session, now)) co_return ErrorCode::unauthenticated;
  co_return session;
}

SessionRef Sessions::check_cached(const SessionToken& token) const {
  const auto now = parts_.clock.now();
  auto session = cache_.find(token.hash(), now);
  return session && is_alive(*session, now) ? session : nullptr;
}

bool Sessions::is_alive(const Session& session, Timestamp now) const {
  const auto idle = now - from_micros(session.activity->last_used.load(std::memory_order_relaxed));
  return idle < options_.idle_timeout && now < session.expires_at;
}

bool Sessions::touch(const SessionRef& session) const {
  const auto now = parts_.clock.now();
  const auto micros = now.time_since_epoch().count();
  session->activity->last_used.store(micros, std::memory_order_relaxed);
  auto persisted = session->activity->persisted.load(std::memory_order_relaxed);
  if (now - from_micros(persisted) < write_use_every_) return false;
  // Whoever moves the mark forward writes; requests of the same session beside it do not.
  return session->activity->persisted.compare_exchange_strong(persisted, micros);
}

net::awaitable<void> Sessions::write_use(SessionRef session) {
  try {
    co_await session_store::set_last_used(parts_.database, session->id, parts_.clock.now());
  } catch (const Unavailable& error) {
    telemetry::log(telemetry::Level::warning, "last use of a session not written", {{"cause", error.what()}});
  }
}

net::awaitable<Sessions::Page> Sessions::list(UserId user, std::optional<SessionId> after, int limit) {
  const auto now = parts_.clock.now();
  Page page;
  page.sessions = co_await session_store::list(parts_.database, std::move(user), now, std::move(after), limit);
  if (page.sessions.size() == static_cast<std::size_t>(limit)) page.next = page.sessions.back().id;
  for (auto& session : page.sessions) {
    session.last_used_at = std::max(session.last_used_at, cache_.last_used(session.token_hash).value_or(Timestamp{}));
  }
  std::erase_if(page.sessions, [&](const auto& one) { return now - one.last_used_at >= options_.idle_timeout; });
  co_return page;
}

net::awaitable<void> Sessions::end(SessionRef session, ClientInfo client) {
  Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    ended = co_await session_store::end_by_token(tx, session->token_hash);
    co_await audit_ended(tx, ended, "logout", client);
    // Where somebody was first, or an earlier attempt whose answer was lost, a cache may hold it still.
    if (ended.empty()) ended.push_back({session->id, session->token_hash, session->user.id});
    co_return Result<void>{};
  };
  co_await ending(body, ended);
}

net::awaitable<Result<void>> Sessions::end_by_id(SessionRef current, SessionId id, ClientInfo client) {
  if (id != current->id && !parts_.policy.is_recent(*current)) co_return AssurancePolicy::step_up_error(current->user);
  Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    ended = co_await session_store::end_by_id(tx, current->user.id, id);
    if (ended.empty()) co_return ErrorCode::not_found;
    co_await audit_ended(tx, ended, "revoked", client);
    co_return Result<void>{};
  };
  auto result = co_await ending(body, ended);
  co_return result;
}

net::awaitable<void> Sessions::end_others(SessionRef current, ClientInfo client) {
  Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    ended = co_await session_store::end_all_but(tx, current->user.id, current->id);
    co_await audit_ended(tx, ended, "revoked", client);
    co_return Result<void>{};
  };
  co_await ending(body, ended);
}

net::awaitable<Sessions::Ended> Sessions::end_all(db::Transaction& tx, UserId user, std::string_view reason,
                                                  audit::Operator by) {
  auto ended = co_await session_store::end_all(tx, std::move(user));
  co_await audit_ended(tx, ended, reason, std::move(by));
  co_return ended;
}

net::awaitable<Sessions::Ended> Sessions::end_all(db::Transaction& tx, UserId user, std::string_view reason,
                                                  ClientInfo client) {
  audit::Operator nobody{.client = std::move(client)};
  auto ended = co_await end_all(tx, std::move(user), reason, std::move(nobody));
  co_return ended;
}

net::awaitable<Sessions::Ended> Sessions::end_some(db::Transaction& tx, std::string_view reason, audit::Operator by) {
  auto ended = co_await session_store::end_some(tx, kMostAtOnce);
  co_await audit_ended(tx, ended, reason, std::move(by));
  co_return ended;
}

net::awaitable<Sessions::Ended> Sessions::end_all_but(db::Transaction& tx, SessionRef current, std::string_view reason,
                                                      ClientInfo client) {
  auto ended = co_await session_store::end_all_but(tx, current->user.id, current->id);
  co_await audit_ended(tx, ended, reason, std::move(client));
  co_return ended;
}

net::awaitable<void> Sessions::forget_expired(const db::GoOn& go_on) {
  const auto now = parts_.clock.now();
  const auto idle_since = now - options_.idle_timeout - kWriteUseAtLeastEvery;
  const auto forgotten = co_await session_store::forget_expired(parts_.database, now, idle_since, go_on);
  telemetry::metrics().sessions_ended.add("expired", {}, forgotten);
}

net::awaitable<void> Sessions::audit_ended(db::Transaction& tx, Ended ended, std::string_view reason,
                                           ClientInfo client) const {
  for (const auto& session : ended) {
    Ended one{session};
    audit::Operator owner{.actor = session.user, .client = client};
    co_await audit_ended(tx, std::move(one), reason, std::move(owner));
  }
}

net::awaitable<void> Sessions::audit_ended(db::Transaction& tx, Ended ended, std::string_view reason,
                                           audit::Operator by) const {
  for (const auto& session : ended) {
    audit::Entry entry{.event = audit::Event::session_ended,
                       .actor = by.actor,
                       .subject = session.user,
                       .session = session.id,
                       .client = by.client,
                       .details = {{"reason", reason}}};
    co_await parts_.audit.record(tx, std::move(entry));
  }
}

net::awaitable<void> Sessions::audit_replaced(db::Transaction& tx, Ended ended, std::optional<TokenHash> replaced,
                                              ClientInfo client) const {
  const auto others = std::ranges::partition(
      ended, [&](const EndedSession& session) { return replaced && crypto::equal(session.token_hash, *replaced); });
  Ended beyond(others.begin(), others.end());
  ended.erase(others.begin(), others.end());
  co_await audit_ended(tx, std::move(ended), "replaced", client);
  co_await audit_ended(tx, std::move(beyond), "too_many", client);
}

net::awaitable<void> Sessions::forget(Ended ended) {
  std::vector<TokenHash> hashes;
  for (const auto& session : ended) {
    cache_.forget(session.token_hash);
    hashes.push_back(session.token_hash);
  }
  if (parts_.shared != nullptr && !hashes.empty()) co_await parts_.shared->drop(std::move(hashes));
}

void Sessions::hear_of_drop(std::string_view key) {
  if (const auto hash = SharedSessions::hash_of(key)) cache_.forget(*hash);
}

void Sessions::hear_of_gap() {
  cache_.distrust_all();
}

}  // namespace secureauth::sessions
