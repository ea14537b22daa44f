#include "accounts/registration_store.hpp"

namespace secureauth::accounts::registration_store {
namespace {

constexpr db::Statement kOwner{"SELECT id, email, locale FROM users WHERE email_key = $1"};

constexpr db::Statement kInsert{R"sql(
  INSERT INTO registrations (id, email, email_key, name, password_hash, locale, token_hash, created_at, expires_at,
                             passkey)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql"};

// One statement consumes the token: of two requests at once, one gets the row.
constexpr db::Statement kConsume{R"sql(
  DELETE FROM registrations WHERE token_hash = $1 AND expires_at > $2
  RETURNING id, email, email_key, name, password_hash, locale, created_at, passkey)sql"};

constexpr db::Statement kActivate{R"sql(
  INSERT INTO users (id, email, email_key, email_verified_at, name, password_hash, locale, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $4, $4)
  ON CONFLICT (email_key) DO NOTHING)sql"};

constexpr db::Statement kDiscard{"DELETE FROM registrations WHERE email_key = $1"};

// No token's digest is shorter than 32 bytes; the rest of the old one keeps the column unique.
constexpr db::Statement kKillLinks{R"sql(
  UPDATE registrations SET token_hash = substr(token_hash, 2) WHERE email_key = $1 AND length(token_hash) = 32)sql"};

constexpr db::Statement kLive{R"sql(
  SELECT id, email, email_key, name, password_hash, locale, created_at, passkey FROM registrations
   WHERE email_key = $1 AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT 2)sql"};

constexpr db::Statement kReplaceToken{"UPDATE registrations SET token_hash = $2, expires_at = $3 WHERE id = $1"};

constexpr db::Statement kForgetExpired{R"sql(
  DELETE FROM registrations
   WHERE id IN (SELECT id FROM registrations WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))sql"};

Pending pending_from(const db::Row& row) {
  return {row.text(0), row.text(1), row.text(2), row.optional_text(3),
          row.text(4), row.text(5), row.time(6), row.optional_text(7)};
}

}  // namespace

net::awaitable<std::optional<Owner>> owner_of(db::Executor& database, std::string email_key) {
  db::Params params(std::move(email_key));
  const auto rows = co_await database.execute(kOwner, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const auto& row = rows.front();
  co_return Owner{row.text(0), row.text(1), row.text(2)};
}

net::awaitable<void> insert(db::Executor& database, Pending pending, crypto::Sha256 token_hash, Timestamp expires_at) {
  db::Params params(pending.id, pending.email, pending.email_key, pending.name, pending.password_hash, pending.locale,
                    token_hash, pending.created_at, expires_at, pending.passkey);
  co_await database.execute(kInsert, std::move(params));
}

net::awaitable<std::optional<Pending>> consume(db::Executor& database, crypto::Sha256 token_hash, Timestamp now) {
  db::Params params(token_hash, now);
  const auto rows = co_await database.execute(kConsume, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return pending_from(rows.front());
}

net::awaitable<bool> activate(db::Executor& database, Pending pending, Timestamp now) {
  db::Params params(pending.id, pending.email, pending.email_key, now, pending.name, pending.password_hash,
                    pending.locale);
  const auto result = co_await database.execute(kActivate, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<void> discard_for(db::Executor& database, std::string email_key) {
  db::Params params(std::move(email_key));
  co_await database.execute(kDiscard, std::move(params));
}

net::awaitable<void> kill_links(db::Executor& database, std::string email_key) {
  db::Params params(std::move(email_key));
  co_await database.write(kKillLinks, std::move(params));
}

net::awaitable<std::vector<Pending>> live_for(db::Executor& database, std::string email_key, Timestamp now) {
  db::Params params(std::move(email_key), now);
  const auto rows = co_await database.execute(kLive, std::move(params));
  std::vector<Pending> live;
  for (const auto& row : rows) live.push_back(pending_from(row));
  co_return live;
}

net::awaitable<void> replace_token(db::Executor& database, std::string id, crypto::Sha256 token_hash,
                                   Timestamp expires_at) {
  db::Params params(std::move(id), token_hash, expires_at);
  co_await database.execute(kReplaceToken, std::move(params));
}

net::awaitable<void> forget_expired(db::Executor& database, Timestamp now, const db::GoOn& go_on) {
  db::Params params(now);
  co_await db::in_batches(database, kForgetExpired, std::move(params), go_on);
}

}  // namespace secureauth::accounts::registration_store
