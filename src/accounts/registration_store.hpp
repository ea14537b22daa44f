#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "crypto/digest.hpp"
#include "db/batches.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>

namespace secureauth::accounts {

/// The SQL of sign-up. Executors passed in must outlive the call.
namespace registration_store {

struct Pending {
  std::string id;
  std::string email;
  std::string email_key;
  std::optional<std::string> name;
  std::string password_hash;
  std::string locale;  ///< language of mails
  Timestamp created_at;
  std::optional<std::string> passkey = std::nullopt;  ///< of who signs up with one, as mfa/ writes it
};

/// The account with this key, if there is one.
struct Owner {
  std::string id;
  std::string email;
  std::string locale;
};
net::awaitable<std::optional<Owner>> owner_of(db::Executor& database, std::string email_key);

net::awaitable<void> insert(db::Executor& database, Pending pending, crypto::Sha256 token_hash, Timestamp expires_at);

/// Takes out the pending registration of this token: of two requests at once, one gets it.
net::awaitable<std::optional<Pending>> consume(db::Executor& database, crypto::Sha256 token_hash, Timestamp now);

/// Makes it an account; false when its address has one by now.
net::awaitable<bool> activate(db::Executor& database, Pending pending, Timestamp now);

/// Deletes every other pending registration of the address: what they know dies with them.
net::awaitable<void> discard_for(db::Executor& database, std::string email_key);

/// Makes every link that was mailed for the address worthless; the registrations wait on, so that a sign-in with their
/// passwords answers as before. Needs no answer.
net::awaitable<void> kill_links(db::Executor& database, std::string email_key);

/// The live pending registrations of an address, newest first, at most two: one may be resent, more may not.
net::awaitable<std::vector<Pending>> live_for(db::Executor& database, std::string email_key, Timestamp now);

net::awaitable<void> replace_token(db::Executor& database, std::string id, crypto::Sha256 token_hash,
                                   Timestamp expires_at);

net::awaitable<void> forget_expired(db::Executor& database, Timestamp now, const db::GoOn& go_on = db::kWithoutPause);

}  // namespace registration_store
}  // namespace secureauth::accounts
