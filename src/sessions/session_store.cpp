#include "sessions/session_store.hpp"

#include "accounts/user_row.hpp"
#include "crypto/uuid.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::sessions::session_store {
namespace {

constexpr db::Statement kInsert{R"sql(
  INSERT INTO sessions (id, token_hash, user_id, aal, amr, auth_time, created_at, last_used_at, expires_at, ip,
                        user_agent, stepped_up_at, factor)
  SELECT $1, $2, id, $4, $5, $6, $7, $7, $8, $9, $10, $11, $14 FROM users
   WHERE id = $3 AND status = 'active' AND password_must_change IS NULL
     AND password_version = COALESCE($12, password_version)
     AND factors_version = COALESCE($13, factors_version))sql"};

constexpr db::Statement kState{"SELECT status, password_must_change FROM users WHERE id = $1"};

constexpr db::Statement kFind{R"sql(
  SELECT s.id, s.aal, s.amr, s.auth_time, s.created_at, s.last_used_at, s.expires_at, s.stepped_up_at,
         s.factor, u.id, u.email, u.name, u.email_verified_at, u.role, u.status, u.created_at, u.locale, u.password_must_change,
         u.second_factors, u.factor_demanded_at
    FROM sessions s JOIN users u ON u.id = s.user_id
   WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.status = 'active')sql"};

constexpr db::Statement kSetLastUsed{"UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2"};

constexpr db::Statement kList{R"sql(
  SELECT id, token_hash, created_at, last_used_at, ip, user_agent FROM sessions
   WHERE user_id = $1 AND expires_at > $2 AND id < $3 ORDER BY id DESC LIMIT $4)sql"};

constexpr db::Statement kEndByToken{"DELETE FROM sessions WHERE token_hash = $1 RETURNING id, token_hash, user_id"};

// By id and owner: somebody else's session is as unknown as one that never was (ASVS 8.2.2).
constexpr db::Statement kEndById{
    "DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING id, token_hash, user_id"};

constexpr db::Statement kEndAllBut{
    "DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id, token_hash, user_id"};

constexpr db::Statement kFindAll{"SELECT id, token_hash, user_id FROM sessions WHERE user_id = $1"};

constexpr db::Statement kEndAll{"DELETE FROM sessions WHERE user_id = $1 RETURNING id, token_hash, user_id"};

constexpr db::Statement kEndSome{R"sql(
  DELETE FROM sessions WHERE id IN (SELECT id FROM sessions ORDER BY id LIMIT $1)
  RETURNING id, token_hash, user_id)sql"};

// $2 is empty where nothing is replaced: no digest is. $4, just opened, stays, whatever the clocks of other instances
// say.
constexpr db::Statement kEndReplaced{R"sql(
  DELETE FROM sessions
   WHERE token_hash = $2
      OR (user_id = $1 AND id <> $4 AND id NOT IN
           (SELECT id FROM sessions WHERE user_id = $1 AND id <> $4 AND token_hash <> $2
             ORDER BY last_used_at DESC, id DESC LIMIT $3))
  RETURNING id, token_hash, user_id)sql"};

constexpr db::Statement kForgetExpired{R"sql(
  DELETE FROM sessions
   WHERE id IN (SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))sql"};

// The last use is in no index (migration 0002 says why): what is idle is looked for a page of ids at a time, so that no
// statement reads the whole table.
constexpr db::Statement kPageEnd{"SELECT id FROM sessions WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2"};
constexpr db::Statement kForgetIdle{"DELETE FROM sessions WHERE id > $1 AND id <= $2 AND last_used_at <= $3"};

TokenHash hash_from(const db::Bytes& bytes) {
  TokenHash hash{};
  if (bytes.size() != hash.size()) throw std::logic_error("a token hash of another length in the database");
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += text.empty() ? word : ' ' + word;
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::optional<std::string> factor_text(std::optional<accounts::Factor> factor) {
  if (!factor) return std::nullopt;
  return std::string(accounts::to_text(*factor));
}

std::optional<accounts::Factor> factor_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return accounts::factor_from(*text);
}

net::awaitable<std::vector<EndedSession>> run(db::Executor& database, db::Statement statement, db::Params params) {
  const auto rows = co_await database.execute(statement, std::move(params));
  std::vector<EndedSession> ended;
  for (const auto& row : rows) {
    ended.push_back({SessionId(row.text(0)), hash_from(row.bytes(1)), UserId(row.text(2))});
  }
  co_return ended;
}

}  // namespace

net::awaitable<void> insert(db::Executor& database, Session session, ClientInfo client, Proven proven) {
  db::Params params(session.id.text(), session.token_hash, session.user.id.text(), session.assurance.aal,
                    joined(session.assurance.amr), session.assurance.auth_time, session.created_at, session.expires_at,
                    client.ip, client.user_agent, session.assurance.stepped_up_at, proven.password_version,
                    proven.factors_version, factor_text(session.assurance.factor));
  co_await database.write(kInsert, std::move(params));
}

net::awaitable<ErrorCode> refusal(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kState, std::move(params));
  if (rows.empty() || rows.front().text(0) != "active") co_return ErrorCode::account_disabled;
  if (!rows.front().is_null(1)) co_return ErrorCode::password_change_required;
  co_return ErrorCode::invalid_credentials;
}

net::awaitable<std::optional<Session>> find(db::Executor& database, TokenHash hash, Timestamp now) {
  db::Params params(hash, now);
  const auto rows = co_await database.execute(kFind, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const auto& row = rows.front();
  const auto last_used = row.time(5).time_since_epoch().count();
  Session session{
      .id = SessionId(row.text(0)),
      .token_hash = hash,
      .user = accounts::user_from(row, 9),
      .assurance = {static_cast<int>(row.integer(1)), split(row.text(2)), row.time(3), row.optional_time(7),
                    factor_of(row.optional_text(8))},
      .created_at = row.time(4),
      .expires_at = row.time(6),
      .activity = std::make_shared<Activity>(),
      .profile = {},
  };
  session.profile = compose_profile(session.user, session.assurance);
  session.activity->last_used = last_used;
  session.activity->persisted = last_used;
  co_return session;
}

net::awaitable<void> set_last_used(db::Executor& database, SessionId id, Timestamp when) {
  db::Params params(id.text(), when);
  co_await database.execute(kSetLastUsed, std::move(params));
}

net::awaitable<std::vector<ListedSession>> list(db::Executor& database, UserId user, Timestamp now,
                                                std::optional<SessionId> after, int limit) {
  db::Params params(user.text(), now, after ? after->text() : std::string(crypto::kBehindAll), limit);
  const auto rows = co_await database.execute(kList, std::move(params));
  std::vector<ListedSession> sessions;
  for (const auto& row : rows) {
    sessions.push_back(
        {SessionId(row.text(0)), hash_from(row.bytes(1)), row.time(2), row.time(3), row.text(4), row.text(5)});
  }
  co_return sessions;
}

net::awaitable<std::vector<EndedSession>> end_by_token(db::Executor& database, TokenHash hash) {
  db::Params params(hash);
  auto ended = co_await run(database, kEndByToken, std::move(params));
  co_return ended;
}

net::awaitable<std::vector<EndedSession>> end_replaced(db::Executor& database, std::optional<TokenHash> replaced,
                                                       const Session& opened, std::size_t most) {
  const auto token = replaced ? db::Bytes(replaced->begin(), replaced->end()) : db::Bytes();
  db::Params params(opened.user.id.text(), token, static_cast<std::int64_t>(most) - 1, opened.id.text());
  auto ended = co_await run(database, kEndReplaced, std::move(params));
  co_return ended;
}

net::awaitable<std::vector<EndedSession>> end_by_id(db::Executor& database, UserId owner, SessionId id) {
  db::Params params(id.text(), owner.text());
  auto ended = co_await run(database, kEndById, std::move(params));
  co_return ended;
}

net::awaitable<std::vector<EndedSession>> end_all_but(db::Executor& database, UserId owner, SessionId kept) {
  db::Params params(owner.text(), kept.text());
  auto ended = co_await run(database, kEndAllBut, std::move(params));
  co_return ended;
}

net::awaitable<std::vector<EndedSession>> find_all(db::Executor& database, UserId owner) {
  db::Params params(owner.text());
  auto found = co_await run(database, kFindAll, std::move(params));
  co_return found;
}

net::awaitable<std::vector<EndedSession>> end_all(db::Executor& database, UserId owner) {
  db::Params params(owner.text());
  auto ended = co_await run(database, kEndAll, std::move(params));
  co_return ended;
}

net::awaitable<std::vector<EndedSession>> end_some(db::Executor& database, std::size_t most) {
  db::Params params(static_cast<std::int64_t>(most));
  auto ended = co_await run(database, kEndSome, std::move(params));
  co_return ended;
}

net::awaitable<std::size_t> forget_expired(db::Executor& database, Timestamp now, Timestamp idle_since,
                                           const db::GoOn& go_on) {
  db::Params expired(now);
  auto forgotten = co_await db::in_batches(database, kForgetExpired, std::move(expired), go_on);
  db::Params idle(idle_since);
  const db::Paged by_id{.last = kPageEnd, .change = kForgetIdle};
  forgotten += co_await db::in_pages(database, by_id, std::move(idle), go_on);
  co_return forgotten;
}

}  // namespace secureauth::sessions::session_store
