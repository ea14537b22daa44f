#pragma once

#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// The SQL of recovery codes. Executors passed in must outlive the call.
namespace secureauth::mfa::recovery_store {

/// Deletes all codes of the account, used ones too. Needs no answer.
net::awaitable<void> discard(db::Executor& database, UserId user);
/// Everybody's.
net::awaitable<void> discard_all(db::Executor& database);

/// `code_hash` is the PHC string of the secret part. Needs no answer.
net::awaitable<void> insert(db::Executor& database, UserId user, std::string selector, std::string code_hash,
                            Timestamp now);

struct Stored {
  std::string code_hash;
  bool used = false;
};
net::awaitable<std::optional<Stored>> find(db::Executor& database, UserId user, std::string selector);

/// Marks it as used: of two requests at once, one gets true. False also where another code took its place.
net::awaitable<bool> consume(db::Executor& database, UserId user, std::string selector, std::string code_hash,
                             Timestamp now);

struct Summary {
  Timestamp created_at;
  std::optional<Timestamp> last_used_at;
  int remaining = 0;
};
/// Nothing where the account has never made any, or lost them with its last factor.
net::awaitable<std::optional<Summary>> summary(db::Executor& database, UserId user);

/// How many hashes are LIKE `pattern`, of used codes, too; reads all of them.
net::awaitable<std::int64_t> count_hashes(db::Executor& database, std::string pattern);

}  // namespace secureauth::mfa::recovery_store
