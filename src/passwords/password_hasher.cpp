#include "passwords/password_hasher.hpp"

#include <tuple>

namespace secureauth::passwords {

PasswordHasher::PasswordHasher(HashingPool& pool, Argon2Cost cost, crypto::Random& random)
    : pool_(pool), cost_(cost), random_(random), decoy_(argon2_decoy(cost, random)) {}

net::awaitable<Result<std::string>> PasswordHasher::hash(Password password, std::optional<std::string> replaced) {
  auto work = [this, password = std::move(password), replaced = std::move(replaced)] {
    return hash_now(password, replaced);
  };
  auto phc = co_await pool_.run(std::move(work));
  co_return phc;
}

net::awaitable<Result<Verdict>> PasswordHasher::verify(Password password, std::optional<std::string> stored) {
  auto work = [this, password = std::move(password), stored = std::move(stored)] {
    return verify_now(password, stored);
  };
  auto verdict = co_await pool_.run(std::move(work));
  co_return verdict;
}

std::string PasswordHasher::hash_now(const Password& password, const std::optional<std::string>& replaced) const {
  auto cost = cost_;
  const auto before = replaced ? parse_argon2_phc(*replaced) : std::nullopt;
  const bool keeps_cost = before && is_weaker(cost, before->cost) && !is_weaker(before->cost, cost);
  if (keeps_cost && is_bearable(before->cost)) {
    cost.memory_kib = before->cost.memory_kib;
    cost.time = before->cost.time;
  }
  return argon2_hash(password.bytes(), cost, random_).text();
}

Verdict PasswordHasher::verify_now(const Password& password, const std::optional<std::string>& stored) const {
  const auto hash = stored ? parse_argon2_phc(*stored) : std::nullopt;
  if (!hash || !is_bearable(hash->cost)) {
    const bool never = argon2_verify(password.bytes(), decoy_);
    return {.matches = never && false};  // belt and braces: nothing matches the decoy
  }
  const bool matches = argon2_verify(password.bytes(), *hash);
  return {.matches = matches, .outdated = matches && is_outdated(*hash)};
}

bool PasswordHasher::is_outdated(const Argon2Phc& hash) const {
  if (hash.type != decoy_.type || hash.version != decoy_.version || is_weaker(hash.cost, cost_)) return true;
  if (is_weaker(cost_, hash.cost)) return false;
  const auto form = [](const Argon2Phc& of) { return std::tuple(of.cost.parallelism, of.salt.size(), of.tag.size()); };
  return form(hash) != form(decoy_);
}

}  // namespace secureauth::passwords
