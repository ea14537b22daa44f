#include "keys/names_key.hpp"

#include "accounts/user_store.hpp"
#include "keys/key_store.hpp"

#include <utility>

namespace secureauth::keys::names_key {
namespace {

constexpr std::string_view kPurpose = "names-key";
constexpr std::size_t kKeyBytes = 32;

db::Bytes drawn(const crypto::KeyRing& ring, crypto::Random& random) {
  crypto::SecretBytes key(kKeyBytes);
  random.fill(key.bytes());
  return ring.seal(key, kPurpose, kName, random);
}

/// The one that earlier versions made names of: in the middle of a rotation the key that was there before.
crypto::SecretBytes oldest(const crypto::KeyGenerations& all) {
  return (all.old.empty() ? all.current : all.old.back()).clone();
}

db::Bytes of_secret_key(const crypto::RotatingKey& secret_key, const crypto::KeyRing& ring, crypto::Random& random) {
  const crypto::Derived<crypto::SecretBytes> key(secret_key, oldest);
  return ring.seal(*key.get(), kPurpose, kName, random);
}

}  // namespace

net::awaitable<crypto::KeyGenerations> load(db::Database& database, const crypto::RotatingKey& secret_key,
                                            crypto::Random& random, const Clock& clock) {
  const crypto::KeyRing ring(secret_key);
  auto sealed = co_await key_store::find_wrapped(database, kName);
  if (!sealed) {
    // Whoever has accounts has served from this database, which made names.
    const bool goes_on = co_await accounts::user_store::has_any(database);
    auto made = goes_on ? of_secret_key(secret_key, ring, random) : drawn(ring, random);
    co_await key_store::add_wrapped(database, kName, std::move(made), clock.now());
    sealed = co_await key_store::find_wrapped(database, kName);
  }
  auto key = sealed ? ring.open(*sealed, kPurpose, kName) : std::nullopt;
  if (!key) {
    throw NotOpened(
        "SECRET_KEY does not open the names' key of this database, which is sealed under " +
        crypto::KeyRing::key_id_of(sealed.value_or(db::Bytes())) +
        ": give that one back in SECRET_KEYS_OLD, or draw another with `secureauth keys rotate names` (docs/keys.md)");
  }
  crypto::KeyGenerations generations;
  generations.current = *std::move(key);
  co_return generations;
}

net::awaitable<std::string> sealed_under(db::Database& database) {
  const auto sealed = co_await key_store::find_wrapped(database, kName);
  co_return sealed ? crypto::KeyRing::key_id_of(*sealed) : std::string();
}

net::awaitable<bool> reseal(db::Database& database, const crypto::KeyRing& ring, crypto::Random& random,
                            const Clock& clock) {
  auto sealed = co_await key_store::find_wrapped(database, kName);
  if (!sealed || ring.is_under_current_key(*sealed)) co_return false;
  const auto key = ring.open(*sealed, kPurpose, kName);
  if (!key) co_return false;
  auto resealed = ring.seal(*key, kPurpose, kName, random);
  const bool done =
      co_await key_store::replace_wrapped(database, kName, *std::move(sealed), std::move(resealed), clock.now());
  co_return done;
}

net::awaitable<void> draw_anew(db::Database& database, const crypto::KeyRing& ring, crypto::Random& random,
                               const Clock& clock) {
  auto fresh = drawn(ring, random);
  auto before = co_await key_store::find_wrapped(database, kName);
  if (!before) {
    co_await key_store::add_wrapped(database, kName, std::move(fresh), clock.now());
    co_return;
  }
  co_await key_store::replace_wrapped(database, kName, *std::move(before), std::move(fresh), clock.now());
}

}  // namespace secureauth::keys::names_key
