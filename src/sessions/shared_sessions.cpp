#include "sessions/shared_sessions.hpp"

#include "core/error.hpp"
#include "core/together.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "sessions/session_cache.hpp"
#include "sessions/session_record.hpp"
#include "telemetry/log.hpp"

#include <algorithm>
#include <atomic>

namespace secureauth::sessions {
namespace {

constexpr std::string_view kPrefix = "session:";
// How far the clocks of two instances may be apart before one refuses what the other kept.
constexpr auto kClockSkew = std::chrono::seconds(5);
// An entry's age at which it is served no more: this process may serve it for a while yet, and judges by its own clock.
constexpr auto kOldest = SharedSessions::kLongestStale - SessionCache::kLongestStale - kClockSkew;
// Longer than anything that was read before can still be kept.
constexpr auto kBarred = SharedSessions::kLongestStale + kClockSkew;

constexpr std::size_t kMostMissed = 10'000;
constexpr std::size_t kTriedAtOnce = 100;

void log_failure(const Unavailable& error) {
  telemetry::log(telemetry::Level::debug, "shared sessions not reached", {{"cause", error.what()}});
}

/// So that a fault that hits every request is told, and not with every request.
class OnceAMinute {
 public:
  bool operator()() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    auto due = next_.load();
    return seconds >= due && next_.compare_exchange_strong(due, seconds + 60);
  }

 private:
  std::atomic<std::int64_t> next_{0};
};

/// Another SECRET_KEY on some instance, or somebody who writes where he should not.
void warn_of_strange_seal() {
  static OnceAMinute due;
  if (!due()) return;
  telemetry::log(telemetry::Level::warning, "a session in the shared cache was not sealed with this SECRET_KEY");
}

}  // namespace

SharedSessions::SharedSessions(Parts parts, const crypto::RotatingKey& secret_key)
    : parts_(parts), sealer_(secret_key, "secureauth/shared-session/v1") {}

std::string SharedSessions::key_of(const TokenHash& hash) {
  return std::string(kPrefix) + crypto::base64url_encode(hash);
}

std::optional<TokenHash> SharedSessions::hash_of(std::string_view key) {
  if (!key.starts_with(kPrefix)) return std::nullopt;
  const auto bytes = crypto::base64url_decode(key.substr(kPrefix.size()));
  TokenHash hash{};
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

net::awaitable<SharedSessions::Found> SharedSessions::find(TokenHash hash, SessionRef known) const {
  // What ended here is refused here, even where another thread's link to the cache works and still finds it there.
  if (is_missed(hash)) co_return Found{};
  const auto key = key_of(hash);
  std::optional<ephemeral::SharedCache::Found> found;
  try {
    found = co_await parts_.cache.find(key);
  } catch (const Unavailable& error) {
    log_failure(error);
    co_return Found{};
  }
  if (!found) co_return Found{.known = nullptr, .session = std::nullopt, .may_keep = true};
  if (found->barred) co_return Found{};
  const bool unchanged = known && known->copy && known->copy->id == crypto::Sealer::id_of(found->value);
  if (!unchanged) co_return open(found->value, key, hash);
  if (!is_fresh(known->copy->read_at)) known = nullptr;
  co_return Found{.known = std::move(known), .session = std::nullopt, .may_keep = false};
}

SharedSessions::Found SharedSessions::open(const std::string& sealed, const std::string& key,
                                           const TokenHash& hash) const {
  const auto plain = sealer_.open(sealed, key);
  if (!plain) {
    warn_of_strange_seal();
    return {};
  }
  auto record = decode_record(*plain, hash);
  if (!record || !is_fresh(record->read_at)) return {};
  record->session.copy = SharedCopy{crypto::Sealer::id_of(sealed), record->read_at};
  return {.known = nullptr, .session = std::move(record->session), .may_keep = false};
}

bool SharedSessions::is_fresh(Timestamp read_at) const {
  // The seal covers the time: what was true a while ago cannot be put back (a replay by who controls the cache).
  const auto age = parts_.clock.now() - read_at;
  return age >= -kClockSkew && age < kOldest;
}

net::awaitable<void> SharedSessions::keep(Session session, Timestamp read_at) const {
  const auto key = key_of(session.token_hash);
  const auto until = std::min<Timestamp>(read_at + kOldest, session.expires_at);
  auto sealed = sealer_.seal(encode({std::move(session), read_at}), key, parts_.random);
  try {
    co_await parts_.cache.keep(key, std::move(sealed), until);
  } catch (const Unavailable& error) {
    log_failure(error);
  }
}

net::awaitable<void> SharedSessions::drop_one(TokenHash hash) {
  try {
    co_await parts_.cache.drop(key_of(hash), kBarred);
    forget_missed(hash);
  } catch (const Unavailable& error) {
    remember_missed(hash);
    static OnceAMinute due;
    if (due()) {
      telemetry::log(telemetry::Level::warning, "an ended session could not be told to the other instances",
                     {{"cause", error.what()}});
    }
  }
}

net::awaitable<void> SharedSessions::drop(std::vector<TokenHash> hashes) {
  std::vector<net::awaitable<void>> drops;
  drops.reserve(hashes.size());
  for (const auto& hash : hashes) drops.push_back(drop_one(hash));
  co_await together(std::move(drops));
}

net::awaitable<void> SharedSessions::drop_missed() {
  auto missed = still_missed();
  while (!missed.empty()) {
    const auto first = missed.end() - static_cast<std::ptrdiff_t>(std::min(missed.size(), kTriedAtOnce));
    std::vector<TokenHash> some(first, missed.end());
    missed.erase(first, missed.end());
    const auto before = some;
    co_await drop(std::move(some));
    if (std::ranges::all_of(before, [this](const TokenHash& hash) { return is_missed(hash); })) co_return;
  }
}

bool SharedSessions::has_missed() const {
  const auto now = parts_.clock.now();
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(missed_, [now](const auto& one) { return one.second > now; });
}

bool SharedSessions::is_missed(const TokenHash& hash) const {
  const std::lock_guard lock(mutex_);
  return missed_.contains(hash);
}

void SharedSessions::remember_missed(const TokenHash& hash) {
  const auto now = parts_.clock.now();
  const std::lock_guard lock(mutex_);
  if (missed_.size() >= kMostMissed) std::erase_if(missed_, [now](const auto& one) { return one.second <= now; });
  if (missed_.size() >= kMostMissed) missed_.erase(missed_.begin());  // that one is served up to the stated bound
  missed_.try_emplace(hash, now + kLongestStale);                     // from the first attempt on
}

std::vector<TokenHash> SharedSessions::still_missed() {
  const auto now = parts_.clock.now();
  const std::lock_guard lock(mutex_);
  std::erase_if(missed_, [now](const auto& one) { return one.second <= now; });
  std::vector<TokenHash> hashes;
  for (const auto& [hash, stale_at] : missed_) hashes.push_back(hash);
  return hashes;
}

void SharedSessions::forget_missed(const TokenHash& hash) {
  const std::lock_guard lock(mutex_);
  missed_.erase(hash);
}

}  // namespace secureauth::sessions
