#include "sessions/shared_sessions.hpp"

#include "core/error.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "sessions/session_record.hpp"
#include "telemetry/log.hpp"

#include <algorithm>
#include <atomic>

namespace secureauth::sessions {
namespace {

constexpr std::string_view kPrefix = "session:";
// How far the clocks of two instances may be apart before one refuses what the other kept.
constexpr auto kClockSkew = std::chrono::seconds(5);
// Longer than anything that was read before can still be kept.
constexpr auto kBarred = SharedSessions::kLongestStale + kClockSkew;

constexpr std::size_t kMostMissed = 10'000;

void log_failure(const Unavailable& error) {
  telemetry::log(telemetry::Level::debug, "shared sessions not reached", {{"cause", error.what()}});
}

/// Another SECRET_KEY on some instance, or somebody who writes where he should not: told once a minute.
void warn_of_strange_seal() {
  static std::atomic<std::int64_t> next_warning{0};
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  auto due = next_warning.load();
  if (seconds < due || !next_warning.compare_exchange_strong(due, seconds + 60)) return;
  telemetry::log(telemetry::Level::warning, "a session in the shared cache was not sealed with this SECRET_KEY");
}

}  // namespace

SharedSessions::SharedSessions(Parts parts, const crypto::SecretBytes& secret_key)
    : parts_(parts), sealer_(crypto::derive_key(secret_key, "secureauth/shared-session/v1")) {}

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

net::awaitable<SharedSessions::Found> SharedSessions::find(TokenHash hash) const {
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
  if (!found) co_return Found{std::nullopt, true};
  if (found->barred) co_return Found{};
  const auto plain = sealer_.open(found->value, key);
  if (!plain) {
    warn_of_strange_seal();
    co_return Found{};
  }
  auto record = decode_record(*plain, hash);
  if (!record) co_return Found{};
  // The seal covers the time: what was true a while ago cannot be put back (a replay by who controls the cache).
  const auto age = parts_.clock.now() - record->read_at;
  if (age < -kClockSkew || age >= kLongestStale) co_return Found{};
  co_return Found{std::move(record->session), false};
}

net::awaitable<void> SharedSessions::keep(Session session, Timestamp read_at) const {
  const auto key = key_of(session.token_hash);
  const auto until = std::min(read_at + kLongestStale, session.expires_at);
  auto sealed = sealer_.seal(encode({std::move(session), read_at}), key, parts_.random);
  try {
    co_await parts_.cache.keep(key, std::move(sealed), until);
  } catch (const Unavailable& error) {
    log_failure(error);
  }
}

net::awaitable<bool> SharedSessions::try_drop(TokenHash hash) const {
  try {
    co_await parts_.cache.drop(key_of(hash), kBarred);
    co_return true;
  } catch (const Unavailable& error) {
    log_failure(error);
    co_return false;
  }
}

net::awaitable<void> SharedSessions::drop(std::vector<TokenHash> hashes) {
  for (const auto& hash : hashes) {
    const bool dropped = co_await try_drop(hash);
    if (dropped) continue;
    const std::lock_guard lock(mutex_);
    if (missed_.size() == kMostMissed) missed_.pop_front();  // the nearest to going stale by itself
    missed_.push_back({hash, parts_.clock.now() + kLongestStale});
  }
}

net::awaitable<void> SharedSessions::drop_missed() {
  const auto now = parts_.clock.now();
  for (auto missed = oldest_missed(); missed; missed = oldest_missed()) {
    bool settled = missed->stale_at <= now;
    if (!settled) settled = co_await try_drop(missed->hash);
    if (!settled) co_return;  // still out of reach: so are the others
    forget_missed(missed->hash);
  }
}

bool SharedSessions::is_missed(const TokenHash& hash) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::find(missed_, hash, &Missed::hash) != missed_.end();
}

std::optional<SharedSessions::Missed> SharedSessions::oldest_missed() const {
  const std::lock_guard lock(mutex_);
  if (missed_.empty()) return std::nullopt;
  return missed_.front();
}

void SharedSessions::forget_missed(const TokenHash& hash) {
  const std::lock_guard lock(mutex_);
  const auto gone = std::ranges::remove(missed_, hash, &Missed::hash);
  missed_.erase(gone.begin(), gone.end());
}

}  // namespace secureauth::sessions
