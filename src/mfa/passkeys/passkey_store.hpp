#pragma once

#include "accounts/user.hpp"
#include "core/net.hpp"
#include "db/database.hpp"
#include "mfa/passkeys/passkey.hpp"

#include <optional>
#include <string>
#include <vector>

namespace secureauth::mfa {

/// A passkey with its owner, as of now.
struct OwnedPasskey {
  Passkey passkey;
  accounts::Account account;
  std::vector<std::byte> user_handle;
  std::int64_t password_version = 0;
  std::int64_t factors_version = 0;
};

/// The SQL of passkeys. Executors passed in must outlive the call.
namespace passkey_store {

/// False when the credential is somebody's already, this account's too.
net::awaitable<bool> insert(db::Executor& database, Passkey passkey);

/// Newest first.
net::awaitable<std::vector<Passkey>> list(db::Executor& database, UserId user);

/// Those of the account with this address; empty too where there is none.
net::awaitable<std::vector<OwnedPasskey>> list_by_address(db::Executor& database, std::string email_key);

net::awaitable<std::optional<OwnedPasskey>> find(db::Executor& database, std::vector<std::byte> credential_id);

/// The account's passkey by its new name; nothing when it has none of this id.
net::awaitable<std::optional<Passkey>> rename(db::Executor& database, UserId user, PasskeyId id, std::string name);

/// False when the account has none of this id.
net::awaitable<bool> erase(db::Executor& database, UserId user, PasskeyId id);

/// Those that were registered then or later; false when there were none.
net::awaitable<bool> erase_since(db::Executor& database, UserId user, Timestamp since);

/// Needs no answer.
net::awaitable<void> erase_all(db::Executor& database, UserId user);

/// What an assertion says of the authenticator (WebAuthn Level 3 §7.2 step 24).
struct Use {
  std::int64_t sign_count = 0;
  bool backed_up = false;
  bool user_verified = false;
  Timestamp at;
};
/// One statement compares and moves the count: of two assertions with the same one, one gets true. False when the
/// count would not grow, save where the authenticator counts nothing.
net::awaitable<bool> record_use(db::Executor& database, PasskeyId id, Use use);

/// The same whatever the count was: where the settings let in who may be a copy. The greater count stays. Needs no
/// answer.
net::awaitable<void> record_doubtful_use(db::Executor& database, PasskeyId id, Use use);

/// By what authenticators know the account; `fresh` is it from now on where there was none.
net::awaitable<std::vector<std::byte>> user_handle(db::Executor& database, UserId user, std::vector<std::byte> fresh);

/// The same where nothing is to be made.
net::awaitable<std::optional<std::vector<std::byte>>> find_user_handle(db::Executor& database, UserId user);

/// Whether the account can be entered by a password.
net::awaitable<bool> has_password(db::Executor& database, UserId user);

}  // namespace passkey_store
}  // namespace secureauth::mfa
