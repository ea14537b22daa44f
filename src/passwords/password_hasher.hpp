#pragma once

#include "passwords/argon2.hpp"
#include "passwords/hashing_pool.hpp"
#include "passwords/password.hpp"

#include <optional>
#include <string>

namespace secureauth::passwords {

/// What a password is to a stored hash.
struct Verdict {
  bool matches = false;
  bool outdated = false;     ///< right, but to be hashed anew; never when that would be a step down
  bool compromised = false;  ///< right, but known to attackers
};

/// Hashes and verifies passwords in the hashing pool. Thread-safe; both fail with overloaded.
class PasswordHasher {
 public:
  PasswordHasher(HashingPool& pool, Argon2Cost cost, crypto::Random& random);

  [[nodiscard]] net::awaitable<Result<std::string>> hash(Password password);

  /// Whether the password made the hash; without a hash it costs the same and is false, so that the answer to an
  /// unknown account takes as long as to a known one (ASVS 6.3.8).
  [[nodiscard]] net::awaitable<Result<Verdict>> verify(Password password, std::optional<std::string> phc);

 private:
  HashingPool& pool_;
  const Argon2Cost cost_;
  crypto::Random& random_;
  const std::string decoy_;
};

}  // namespace secureauth::passwords
