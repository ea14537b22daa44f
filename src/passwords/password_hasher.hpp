#pragma once

#include "passwords/argon2.hpp"
#include "passwords/compromised_passwords.hpp"
#include "passwords/hashing_pool.hpp"
#include "passwords/legacy_hash.hpp"
#include "passwords/password.hpp"
#include "passwords/pepper.hpp"

#include <atomic>
#include <optional>
#include <string>

namespace secureauth::passwords {

/// What verifying a password found.
struct Verdict {
  bool matches = false;
  /// It matches, and is to be hashed anew with hash(password, stored): made by another scheme, at a lower cost, with
  /// other parameters of an equal one, or under another pepper. Never where the new hash would be the weaker one.
  bool outdated = false;
  bool compromised = false;  ///< it matches, and attackers know it: it is on a list or in the breach file
};

/// What stands for a hash where an account has no password yet. No password matches it; a reset gives one.
constexpr std::string_view kNoPassword = "!";

/// Hashes with Argon2id; verifies that and the hashes of other systems (legacy_hash.hpp). Both run in the hashing pool
/// and fail with overloaded. Thread-safe.
class PasswordHasher {
 public:
  /// `compromised` null: no verdict speaks of it.
  PasswordHasher(HashingPool& pool, Argon2Cost cost, crypto::Random& random, crypto::Derived<Pepper> pepper = Pepper(),
                 const CompromisedPasswords* compromised = nullptr);

  /// The PHC string of a password, at the cost of the settings. `replaced` is the hash of the same password that the
  /// new one stands in for, if any: a greater cost of its is kept, so that a rehash never makes guessing cheaper.
  [[nodiscard]] net::awaitable<Result<std::string>> hash(Password password,
                                                         std::optional<std::string> replaced = {}) const;

  /// Whether the password made the hash. Without one, and where it cannot be verified, that costs the same and is
  /// false, so that the answer to an unknown account takes as long as to a known one (ASVS 6.3.8). The hash of another
  /// system costs what it costs there, until its owner signs in.
  [[nodiscard]] net::awaitable<Result<Verdict>> verify(Password password, std::optional<std::string> stored,
                                                       HashingPool::Lane lane = HashingPool::Lane::strangers) const;

  struct Either {
    Verdict first;
    Verdict second;  ///< meaningful only where the first does not match
  };
  /// Verifies against one hash and, when it does not match, against another, in one job: a full queue refuses before
  /// any work was done.
  [[nodiscard]] net::awaitable<Result<Either>> verify_either(Password password, std::optional<std::string> first,
                                                             std::optional<std::string> second,
                                                             HashingPool::Lane lane) const;

  /// Whether a hash made elsewhere could be verified here. Fails as read_legacy_hash does, and with `unknown_pepper`
  /// for one of this service's whose key is not in the settings. Does not block.
  [[nodiscard]] Result<void> check(std::string_view stored) const;

 private:
  /// A hash that can be verified: ready to be asked.
  struct Readable {
    std::optional<Argon2Phc> argon2;  ///< made by Argon2; else by another system
    std::optional<LegacyHash> legacy;
  };
  [[nodiscard]] static Result<Readable> read(std::string_view stored, const Pepper& pepper);
  [[nodiscard]] std::string hash_now(const Password& password, const std::optional<std::string>& replaced) const;
  [[nodiscard]] Verdict verify_now(const Password& password, const std::optional<std::string>& stored) const;
  [[nodiscard]] Verdict judge(const Password& password, const std::optional<std::string>& stored) const;
  [[nodiscard]] bool is_compromised(const Password& password) const;
  [[nodiscard]] Verdict verify_nothing(const Password& password, const Pepper& pepper) const;
  [[nodiscard]] bool is_outdated(const Argon2Phc& hash, const Pepper& pepper) const;
  void warn_once(const Error& why) const;

  HashingPool& pool_;
  const Argon2Cost cost_;
  crypto::Random& random_;
  const crypto::Derived<Pepper> pepper_;
  const CompromisedPasswords* const compromised_;
  const Argon2Phc decoy_;
  mutable std::atomic<bool> warned_ = false;
};

}  // namespace secureauth::passwords
