#include "passwords/password_hasher.hpp"

#include "telemetry/log.hpp"

#include <tuple>

namespace secureauth::passwords {
namespace {

constexpr std::string_view kDjangoArgon2 = "argon2$";

/// Reads an Argon2 hash in the PHC form, or with Django's word in front of it.
std::optional<Argon2Phc> read_argon2(std::string_view stored) {
  if (stored.size() > legacy_caps::kStoredBytes) return std::nullopt;
  if (stored.starts_with(kDjangoArgon2)) stored.remove_prefix(kDjangoArgon2.size() - 1);
  return parse_argon2_phc(stored);
}

bool is_argon2(std::string_view stored) {
  return stored.starts_with("$argon2") || stored.starts_with(kDjangoArgon2);
}

}  // namespace

PasswordHasher::PasswordHasher(HashingPool& pool, Argon2Cost cost, crypto::Random& random,
                               crypto::Derived<Pepper> pepper, const CompromisedPasswords* compromised)
    : pool_(pool),
      cost_(cost),
      random_(random),
      pepper_(std::move(pepper)),
      compromised_(compromised),
      decoy_(argon2_decoy(cost, random)) {}

net::awaitable<Result<std::string>> PasswordHasher::hash(Password password, std::optional<std::string> replaced) const {
  auto work = [this, password = std::move(password), replaced = std::move(replaced)] {
    return hash_now(password, replaced);
  };
  auto phc = co_await pool_.run(std::move(work));
  co_return phc;
}

net::awaitable<Result<Verdict>> PasswordHasher::verify(Password password, std::optional<std::string> stored,
                                                       HashingPool::Lane lane) const {
  auto work = [this, password = std::move(password), stored = std::move(stored)] { return judge(password, stored); };
  auto verdict = co_await pool_.run(std::move(work), lane);
  co_return verdict;
}

net::awaitable<Result<PasswordHasher::Either>> PasswordHasher::verify_either(Password password,
                                                                             std::optional<std::string> first,
                                                                             std::optional<std::string> second,
                                                                             HashingPool::Lane lane) const {
  auto work = [this, password = std::move(password), first = std::move(first), second = std::move(second)] {
    Either either{.first = judge(password, first), .second = {}};
    if (!either.first.matches) either.second = judge(password, second);
    return either;
  };
  auto either = co_await pool_.run(std::move(work), lane);
  co_return either;
}

Result<void> PasswordHasher::check(std::string_view stored) const {
  const auto pepper = pepper_.get();
  const auto hash = read(stored, *pepper);
  if (!hash) return hash.error();
  return {};
}

Result<PasswordHasher::Readable> PasswordHasher::read(std::string_view stored, const Pepper& pepper) {
  if (!is_argon2(stored)) {
    auto legacy = read_legacy_hash(stored);
    if (!legacy) return legacy.error();
    return Readable{.argon2 = {}, .legacy = *std::move(legacy)};
  }
  auto hash = read_argon2(stored);
  if (!hash) return malformed_hash("Argon2");
  if (!is_bearable(hash->cost)) return costly_hash("Argon2");
  if (!pepper.knows(hash->key_id)) {
    return Error(std::vector<FieldError>{
        {"password_hash", "unknown_pepper", "The hash was made with a pepper that is not in the settings."}});
  }
  return Readable{.argon2 = std::move(hash), .legacy = {}};
}

std::string PasswordHasher::hash_now(const Password& password, const std::optional<std::string>& replaced) const {
  auto cost = cost_;
  const auto before = replaced ? read_argon2(*replaced) : std::nullopt;
  const bool keeps_cost = before && is_weaker(cost, before->cost) && !is_weaker(before->cost, cost);
  if (keeps_cost && is_bearable(before->cost)) {
    cost.memory_kib = before->cost.memory_kib;
    cost.time = before->cost.time;
  }
  const auto pepper = pepper_.get();
  auto hash = argon2_hash(pepper->mixed(password, pepper->current_id()), cost, random_);
  hash.key_id = pepper->current_id();
  return hash.text();
}

Verdict PasswordHasher::judge(const Password& password, const std::optional<std::string>& stored) const {
  auto verdict = verify_now(password, stored);
  if (verdict.matches) verdict.compromised = is_compromised(password);
  return verdict;
}

bool PasswordHasher::is_compromised(const Password& password) const {
  try {
    return compromised_ != nullptr && compromised_->contains(password);
  } catch (const Unavailable& error) {  // a list that is gone must not keep everybody out
    telemetry::log(telemetry::Level::warning, "a password was not looked up", {{"cause", error.what()}});
    return false;
  }
}

Verdict PasswordHasher::verify_now(const Password& password, const std::optional<std::string>& stored) const {
  const auto pepper = pepper_.get();  // one for the whole of it: another may be in force in between
  if (!stored || *stored == kNoPassword) return verify_nothing(password, *pepper);
  const auto hash = read(*stored, *pepper);
  if (!hash) {
    warn_once(hash.error());
    return verify_nothing(password, *pepper);
  }
  if (hash->legacy) {
    const bool matches = hash->legacy->matches(password.bytes());
    return {.matches = matches, .outdated = matches};
  }
  const bool matches = argon2_verify(pepper->mixed(password, hash->argon2->key_id), *hash->argon2);
  return {.matches = matches, .outdated = matches && is_outdated(*hash->argon2, *pepper)};
}

Verdict PasswordHasher::verify_nothing(const Password& password, const Pepper& pepper) const {
  (void)argon2_verify(pepper.mixed(password, pepper.current_id()), decoy_);
  return {};  // whatever it found: belt and braces
}

bool PasswordHasher::is_outdated(const Argon2Phc& hash, const Pepper& pepper) const {
  const auto& current = pepper.current_id();
  if (current.empty() && !hash.key_id.empty()) return false;  // would take the pepper away
  if (hash.key_id != current || hash.type != decoy_.type || hash.version != decoy_.version) return true;
  if (is_weaker(hash.cost, cost_)) return true;
  if (is_weaker(cost_, hash.cost)) return false;
  const auto form = [](const Argon2Phc& of) { return std::tuple(of.cost.parallelism, of.salt.size(), of.tag.size()); };
  return form(hash) != form(decoy_);
}

void PasswordHasher::warn_once(const Error& why) const {
  if (warned_.exchange(true)) return;
  telemetry::log(telemetry::Level::warning, "an account's password hash cannot be verified; told once",
                 {{"reason", why.fields.front().code}});
}

}  // namespace secureauth::passwords
