#include "settings/key_purposes.hpp"

#include "audit/audit_keys.hpp"
#include "crypto/digest.hpp"
#include "protection/known_browsers.hpp"

#include <algorithm>
#include <array>

namespace secureauth::settings {
namespace {

using std::chrono::seconds;

seconds not_at_all(const Config&) {
  return seconds(0);
}

/// A browser's note, which comes under the current one at each sign-in; a page cursor is used within the day.
seconds while_browsers_are_known(const Config& config) {
  return std::max<seconds>(protection::KnownBrowsers::kKnown.life, config.mfa_trusted_browser);
}

seconds while_sessions_last(const Config& config) {
  return config.session_absolute_timeout;
}

/// Services may keep the set of public keys for five minutes (token_routes.cpp).
seconds while_tokens_last(const Config& config) {
  return config.tokens.ttl + seconds(300);
}

constexpr std::array<KeyPurpose, 6> kPurposes{
    {{"secret", "SECRET_KEY", "SECRET_KEY_NEXT", "SECRET_KEYS_OLD", &Config::secret_key, &crypto::key_id_of,
      &while_browsers_are_known},
     {"csrf", "CSRF_SECRET", "CSRF_SECRET_NEXT", "CSRF_SECRETS_OLD", &Config::csrf_secret, &crypto::key_id_of,
      &while_sessions_last},
     {"pepper", "PASSWORD_PEPPER", "PASSWORD_PEPPER_NEXT", "PASSWORD_PEPPERS_OLD", &Config::password_pepper,
      &crypto::key_id_of, &not_at_all},
     {"totp", "TOTP_ENCRYPTION_KEY", "TOTP_ENCRYPTION_KEY_NEXT", "TOTP_ENCRYPTION_KEYS_OLD", &Config::totp_key,
      &crypto::key_id_of, &not_at_all},
     {"audit", "AUDIT_KEY", "AUDIT_KEY_NEXT", "AUDIT_KEYS_OLD", &Config::audit_key, &audit::AuditKeys::id_of,
      &not_at_all},
     {"token", "TOKEN_SIGNING_KEY", "TOKEN_SIGNING_KEY_NEXT", "TOKEN_SIGNING_KEYS_OLD", &Config::token_key,
      &crypto::key_id_of, &while_tokens_last}}};

bool same(const crypto::SecretBytes& a, const crypto::SecretBytes& b) {
  return !a.empty() && crypto::equal(a.bytes(), b.bytes());
}

}  // namespace

std::span<const KeyPurpose> key_purposes() {
  return kPurposes;
}

const KeyPurpose* key_purpose(std::string_view name) {
  const auto found = std::ranges::find(kPurposes, name, &KeyPurpose::name);
  return found == kPurposes.end() ? nullptr : &*found;
}

void drop_doubles(Config& config) {
  for (const auto& purpose : kPurposes) {
    if (!config.key_files.contains(std::string(purpose.setting))) continue;
    auto& [current, next, old] = config.*purpose.keys;
    if (same(next, current)) next = crypto::SecretBytes();
    std::erase_if(old, [&](const auto& key) { return same(key, current) || same(key, next); });
  }
}

}  // namespace secureauth::settings
