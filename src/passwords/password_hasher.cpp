#include "passwords/password_hasher.hpp"

namespace secureauth::passwords {

PasswordHasher::PasswordHasher(HashingPool& pool, Argon2Cost cost, crypto::Random& random)
    : pool_(pool), cost_(cost), random_(random), decoy_(argon2_decoy(cost, random)) {}

net::awaitable<Result<std::string>> PasswordHasher::hash(Password password) {
  auto work = [this, password = std::move(password)] { return argon2_hash(password.bytes(), cost_, random_); };
  auto phc = co_await pool_.run(std::move(work));
  co_return phc;
}

net::awaitable<Result<Verdict>> PasswordHasher::verify(Password password, std::optional<std::string> phc) {
  const bool real = phc.has_value();
  auto against = real ? *std::move(phc) : decoy_;
  auto work = [password = std::move(password), against = std::move(against)] {
    return argon2_verify(password.bytes(), against);
  };
  const auto matches = co_await pool_.run(std::move(work));
  if (!matches) co_return matches.error();
  co_return Verdict{.matches = *matches && real};  // belt and braces: nothing matches the decoy
}

}  // namespace secureauth::passwords
