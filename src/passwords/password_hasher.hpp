#pragma once

#include "passwords/argon2.hpp"
#include "passwords/hashing_pool.hpp"
#include "passwords/password.hpp"

#include <optional>
#include <string>

namespace secureauth::passwords {

/// What verifying a password found.
struct Verdict {
  bool matches = false;
  /// It matches, and is to be hashed anew with hash(password, stored): made by another scheme, at a lower cost, with
  /// other parameters of an equal one, or under another pepper. Never where the new hash would be the weaker one.
  bool outdated = false;
  bool compromised = false;  ///< it matches, and is known from a breach
};

/// Hashes and verifies passwords in the hashing pool. Thread-safe; both fail with overloaded.
class PasswordHasher {
 public:
  PasswordHasher(HashingPool& pool, Argon2Cost cost, crypto::Random& random);

  /// The PHC string of a password, at the cost of the settings. `replaced` is the hash of the same password that the
  /// new one stands in for, if any: a greater cost of its is kept, so that a rehash never makes guessing cheaper.
  [[nodiscard]] net::awaitable<Result<std::string>> hash(Password password, std::optional<std::string> replaced = {});

  /// Whether the password made the hash. Without one, and where it cannot be verified, that costs the same and is
  /// false, so that the answer to an unknown account takes as long as to a known one (ASVS 6.3.8).
  [[nodiscard]] net::awaitable<Result<Verdict>> verify(Password password, std::optional<std::string> stored);

 private:
  [[nodiscard]] std::string hash_now(const Password& password, const std::optional<std::string>& replaced) const;
  [[nodiscard]] Verdict verify_now(const Password& password, const std::optional<std::string>& stored) const;
  [[nodiscard]] bool is_outdated(const Argon2Phc& hash) const;

  HashingPool& pool_;
  const Argon2Cost cost_;
  crypto::Random& random_;
  const Argon2Phc decoy_;
};

}  // namespace secureauth::passwords
