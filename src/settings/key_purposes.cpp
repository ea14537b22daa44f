#include "settings/key_purposes.hpp"

#include "audit/audit_keys.hpp"
#include "crypto/digest.hpp"

#include <algorithm>
#include <array>

namespace secureauth::settings {
namespace {

constexpr std::array<KeyPurpose, 6> kPurposes{
    {{"secret", "SECRET_KEY", "SECRET_KEY_NEXT", "SECRET_KEYS_OLD", &Config::secret_key},
     {"csrf", "CSRF_SECRET", "CSRF_SECRET_NEXT", "CSRF_SECRETS_OLD", &Config::csrf_secret},
     {"pepper", "PASSWORD_PEPPER", "PASSWORD_PEPPER_NEXT", "PASSWORD_PEPPERS_OLD", &Config::password_pepper},
     {"totp", "TOTP_ENCRYPTION_KEY", "TOTP_ENCRYPTION_KEY_NEXT", "TOTP_ENCRYPTION_KEYS_OLD", &Config::totp_key},
     {"audit", "AUDIT_KEY", "AUDIT_KEY_NEXT", "AUDIT_KEYS_OLD", &Config::audit_key},
     {"token", "TOKEN_SIGNING_KEY", "TOKEN_SIGNING_KEY_NEXT", "TOKEN_SIGNING_KEYS_OLD", &Config::token_key}}};

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

std::string key_id(const KeyPurpose& purpose, const crypto::SecretBytes& key) {
  if (purpose.name == "audit") return audit::AuditKeys::id_of(key);
  return crypto::key_id_of(key);
}

}  // namespace secureauth::settings
