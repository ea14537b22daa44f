#include "passwords/password_hasher.hpp"

#include <memory>

namespace secureauth::passwords {

PasswordHasher::PasswordHasher(HashingPool& pool, Argon2Cost cost, crypto::Random& random)
    : pool_(pool), cost_(cost), random_(random), decoy_(argon2_decoy(cost, random)) {}

net::awaitable<Result<std::string>> PasswordHasher::hash(Password password) {
  const auto shared = std::make_shared<Password>(std::move(password));  // std::function must be copyable
  std::function<std::string()> work = [this, shared] { return argon2_hash(shared->bytes(), cost_, random_); };
  auto phc = co_await pool_.run<std::string>(std::move(work));
  co_return phc;
}

net::awaitable<Result<bool>> PasswordHasher::verify(Password password, std::optional<std::string> phc) {
  const auto shared = std::make_shared<Password>(std::move(password));
  const bool real = phc.has_value();
  std::function<bool()> work = [shared, against = real ? *std::move(phc) : decoy_] {
    return argon2_verify(shared->bytes(), against);
  };
  auto matches = co_await pool_.run<bool>(std::move(work));
  if (matches && !real) co_return false;  // belt and braces: nothing matches the decoy
  co_return matches;
}

}  // namespace secureauth::passwords
