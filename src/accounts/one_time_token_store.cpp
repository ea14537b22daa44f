#include "accounts/one_time_token_store.hpp"

#include "accounts/user_row.hpp"
#include "crypto/uuid.hpp"

#include <stdexcept>

namespace secureauth::accounts::one_time_token_store {
namespace {

constexpr db::Statement kInsert{R"sql(
  INSERT INTO one_time_tokens (id, token_hash, kind, user_id, email, email_key, created_at, expires_at)
  SELECT $1, $2, $3, id, $6, $7, $8, $9 FROM users WHERE id = $4 AND email_key = $5 AND status = 'active')sql"};

constexpr db::Statement kFind{R"sql(
  SELECT u.id, u.email, u.name, u.email_verified_at, u.role, u.status, u.created_at, u.locale, u.password_must_change,
         u.second_factors, u.factor_demanded_at, u.email_key, t.email, t.email_key, t.created_at
    FROM one_time_tokens t JOIN users u ON u.id = t.user_id
   WHERE t.token_hash = $1 AND t.kind = $2 AND t.expires_at > $3 AND u.status = 'active')sql"};

// One statement consumes the token: of two requests at once, one gets the row.
constexpr db::Statement kConsume{
    "DELETE FROM one_time_tokens WHERE token_hash = $1 AND kind = $2 AND expires_at > $3 RETURNING user_id"};

constexpr db::Statement kDiscard{"DELETE FROM one_time_tokens WHERE user_id = $1 AND kind = $2"};

constexpr db::Statement kDiscardUndoSince{
    "DELETE FROM one_time_tokens WHERE user_id = $1 AND kind = 'undo_email_change' AND created_at >= $2"};

constexpr db::Statement kUndoMadeAt{R"sql(
  SELECT created_at FROM one_time_tokens
   WHERE user_id = $1 AND kind = 'undo_email_change' AND email_key = $2 AND expires_at > $3
   ORDER BY created_at LIMIT 1)sql"};

constexpr db::Statement kForgetExpired{R"sql(
  DELETE FROM one_time_tokens
   WHERE id IN (SELECT id FROM one_time_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))sql"};

std::string_view to_text(TokenKind kind) {
  switch (kind) {
    case TokenKind::reset_password:
      return "reset_password";
    case TokenKind::change_email:
      return "change_email";
    case TokenKind::undo_email_change:
      return "undo_email_change";
  }
  throw std::logic_error("unknown kind of token");
}

}  // namespace

net::awaitable<void> insert(db::Executor& database, crypto::Random& random, New token) {
  std::optional<std::string> email;
  std::optional<std::string> email_key;
  if (token.address) {
    email = token.address->email;
    email_key = token.address->email_key;
  }
  db::Params params(crypto::uuid_v7(random, token.created_at), token.hash, to_text(token.kind), token.user.text(),
                    token.held_by, email, email_key, token.created_at, token.expires_at);
  co_await database.write(kInsert, std::move(params));
}

net::awaitable<std::optional<Found>> find(db::Executor& database, crypto::Sha256 hash, TokenKind kind, Timestamp now) {
  db::Params params(hash, to_text(kind), now);
  const auto rows = co_await database.execute(kFind, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const auto& row = rows.front();
  Found found{.account = {.user = user_from(row), .email_key = row.text(kUserColumns)},
              .address = std::nullopt,
              .created_at = row.time(kUserColumns + 3)};
  if (!row.is_null(kUserColumns + 1)) found.address = Address{row.text(kUserColumns + 1), row.text(kUserColumns + 2)};
  co_return found;
}

net::awaitable<bool> consume(db::Executor& database, crypto::Sha256 hash, TokenKind kind, Timestamp now) {
  db::Params params(hash, to_text(kind), now);
  const auto rows = co_await database.execute(kConsume, std::move(params));
  co_return !rows.empty();
}

net::awaitable<void> discard(db::Executor& database, UserId user, TokenKind kind) {
  db::Params params(user.text(), to_text(kind));
  co_await database.write(kDiscard, std::move(params));
}

net::awaitable<std::optional<Timestamp>> undo_made_at(db::Executor& database, UserId user, std::string email_key,
                                                      Timestamp now) {
  db::Params params(user.text(), std::move(email_key), now);
  const auto rows = co_await database.execute(kUndoMadeAt, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return rows.front().time(0);
}

net::awaitable<void> discard_undo_since(db::Executor& database, UserId user, Timestamp from) {
  db::Params params(user.text(), from);
  co_await database.write(kDiscardUndoSince, std::move(params));
}

net::awaitable<void> forget_expired(db::Executor& database, Timestamp now, const db::GoOn& go_on) {
  db::Params params(now);
  co_await db::in_batches(database, kForgetExpired, std::move(params), go_on);
}

}  // namespace secureauth::accounts::one_time_token_store
