#pragma once

#include "mfa/factor_changes.hpp"
#include "mfa/recovery/recovery_code.hpp"
#include "passwords/password_hasher.hpp"
#include "protection/factor_guesses.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::mfa {

/// Ten codes of an account, each good once, in the place of a second factor that is lost. At rest each is an Argon2id
/// hash with a salt of its own; its selector says which one to try, so that a try costs one hash. Thread-safe.
/// Source: NIST SP 800-63B-4 §3.1.2, §4.2.2.2; OWASP ASVS 5.0 6.5.1, 6.5.2, 6.3.7.
class RecoveryCodes {
 public:
  static constexpr std::size_t kCodes = 10;

  struct Parts {
    db::Database& database;
    const passwords::PasswordHasher& hasher;
    sessions::Sessions& sessions;
    FactorChanges& changes;
    protection::FactorGuesses& guesses;
    const Clock& clock;
    crypto::Random& random;
  };
  explicit RecoveryCodes(Parts parts) : parts_(parts) {}

  struct Made {
    std::vector<RecoveryCode> codes;  ///< shown once
    sessions::Sessions::Opened session;
  };
  /// Ten new codes; all former ones are gone, the other sessions end, this one is renewed, the owner hears of it. Fails
  /// with conflict (no second factor that they could stand in for), overloaded, unauthenticated (the session ended
  /// meanwhile).
  net::awaitable<Result<Made>> make(sessions::SessionRef session, ClientInfo client);

  struct Found {
    std::string selector;
    std::string hash;
    bool used = false;
  };
  /// The account's code that this one may be. `database` and `code` outlive the call.
  net::awaitable<std::optional<Found>> find(db::Executor& database, UserId user, const RecoveryCode& code);

  /// Whether it is. One hash whatever was found; fails with overloaded.
  net::awaitable<Result<bool>> matches(RecoveryCode code, std::optional<Found> found);

  /// Uses it up; false when it was used before, or other codes took its place. With the last one the account no longer
  /// has recovery codes among its factors. `tx` outlives the call.
  net::awaitable<bool> consume(db::Transaction& tx, UserId user, Found found);

  /// How many still work. `database` outlives the call.
  net::awaitable<int> remaining(db::Executor& database, UserId user);

  struct Listed {
    Timestamp created_at;
    std::optional<Timestamp> last_used_at;
    int remaining = 0;
  };
  /// For the owner's view; nothing where there are none, used or not. `database` outlives the call.
  net::awaitable<std::optional<Listed>> list(db::Executor& database, UserId user);

  /// How many codes, used ones too, have a hash that is LIKE `pattern`; reads all of them. `database` outlives the
  /// call.
  static net::awaitable<std::int64_t> count_hashes(db::Executor& database, std::string pattern);

 private:
  struct Hashed {
    std::string selector;
    std::string hash;
  };
  [[nodiscard]] std::vector<RecoveryCode> generate() const;
  net::awaitable<Result<sessions::Sessions::Opened>> replace(sessions::SessionRef session, std::vector<Hashed> codes,
                                                             ClientInfo client);

  Parts parts_;
};

}  // namespace secureauth::mfa
