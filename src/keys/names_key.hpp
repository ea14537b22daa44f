#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "crypto/key_ring.hpp"
#include "crypto/random.hpp"
#include "db/database.hpp"

#include <stdexcept>
#include <string>

/// The key that addresses are known by where none is written: failed guesses, the cap of mails, decoys of passkeys, the
/// audit log. It stays when SECRET_KEY changes, which only seals it: a lockout is not forgotten by a rotation, and a
/// decoy that changed while passkeys do not would tell that there is no account. Why: docs/adr/0027-keys.md.
///
/// Earlier versions made names of SECRET_KEY itself, by the same labels: a database that they wrote goes on with that
/// key's bytes, so that an upgrade changes no name, nor do instances of both versions disagree meanwhile.
namespace secureauth::keys::names_key {

/// Its purpose, as commands and the record store name it.
constexpr auto kName = "names";

/// The record store's names' key is under a SECRET_KEY that is not in the settings; says what to do.
class NotOpened : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The one that the record store keeps, sealed under `secret_key`. Where there is none it is made, the same for all
/// instances that do so at once: drawn where there are no users, else the oldest of `secret_key`. Throws NotOpened when
/// none of those opens it. All outlive the call.
net::awaitable<crypto::KeyGenerations> load(db::Database& database, const crypto::RotatingKey& secret_key,
                                            crypto::Random& random, const Clock& clock);

/// Under which key it is sealed; empty: there is none yet.
net::awaitable<std::string> sealed_under(db::Database& database);

/// Seals it anew where it is not under the current key; whether it did.
net::awaitable<bool> reseal(db::Database& database, const crypto::KeyRing& ring, crypto::Random& random,
                            const Clock& clock);

/// Draws another one. Failed guesses, caps and decoys begin anew with it.
net::awaitable<void> draw_anew(db::Database& database, const crypto::KeyRing& ring, crypto::Random& random,
                               const Clock& clock);

}  // namespace secureauth::keys::names_key
