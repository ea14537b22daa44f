#pragma once

#include "accounts/user_store.hpp"
#include "crypto/token.hpp"
#include "db/batches.hpp"

#include <optional>
#include <string>

namespace secureauth::accounts {

using ResetToken = crypto::Token<struct ResetTag>;
using EmailChangeToken = crypto::Token<struct EmailChangeTag>;
using EmailUndoToken = crypto::Token<struct EmailUndoTag>;

/// What a mailed link lets its reader do.
enum class TokenKind { reset_password, change_email, undo_email_change };

/// The SQL of one-time tokens. Executors passed in must outlive the call.
namespace one_time_token_store {

/// Where a token of an address change leads.
struct Address {
  std::string email;
  std::string email_key;
};

struct New {
  crypto::Sha256 hash;
  TokenKind kind{};
  UserId user;
  std::string held_by;  ///< key of the account's address: a token is for an account that still has it
  std::optional<Address> address = std::nullopt;
  Timestamp created_at;
  Timestamp expires_at;
};
/// Writes nothing for an account that is gone, disabled or has another address by now. Needs no answer.
net::awaitable<void> insert(db::Executor& database, crypto::Random& random, New token);

struct Found {
  Account account;  ///< whom the token is for; active
  std::optional<Address> address;
  Timestamp created_at;
};
/// Looks at a live token and leaves it.
net::awaitable<std::optional<Found>> find(db::Executor& database, crypto::Sha256 hash, TokenKind kind, Timestamp now);

/// Takes it out: of two requests at once, one gets true.
net::awaitable<bool> consume(db::Executor& database, crypto::Sha256 hash, TokenKind kind, Timestamp now);

/// Deletes what the account has of this kind. Needs no answer.
net::awaitable<void> discard(db::Executor& database, UserId user, TokenKind kind);

/// When the oldest live token was made that takes the account back to this address.
net::awaitable<std::optional<Timestamp>> undo_made_at(db::Executor& database, UserId user, std::string email_key,
                                                      Timestamp now);

/// Deletes the tokens that take back the changes of address since `from`. Needs no answer.
net::awaitable<void> discard_undo_since(db::Executor& database, UserId user, Timestamp from);

/// Deletes what has expired, of every kind.
net::awaitable<void> forget_expired(db::Executor& database, Timestamp now, const db::GoOn& go_on = db::kWithoutPause);

}  // namespace one_time_token_store
}  // namespace secureauth::accounts
