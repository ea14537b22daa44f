#include "settings/mfa_settings.hpp"

#include "settings/setting_kinds.hpp"

namespace secureauth::settings {
namespace {

/// Authenticator apps show "issuer: account", and some cut it at the first colon.
void apply_issuer(Config& c, const std::string& text) {
  c.totp_issuer = read_line(text);
  if (text.find(':') != std::string::npos || text.size() > 64)
    throw BadValue("must have no colon and 64 bytes at most");
}

void apply_digits(Config& c, const std::string& text) {
  if (text != "6" && text != "8") throw BadValue("must be 6 or 8");
  c.totp.digits = text == "6" ? 6 : 8;
}

void apply_required_roles(Config& c, const std::string& text) {
  c.mfa_required_roles.clear();
  if (text == "none") return;
  for (const auto& name : read_list(text)) {
    const auto role = accounts::role_from(name);
    if (!role) throw BadValue("names '" + name + "', which is none of user, staff, admin (or none alone for nobody)");
    c.mfa_required_roles.insert(*role);
  }
}

}  // namespace

std::vector<SettingRow> mfa_rows() {
  return {
      {{"TOTP_ENCRYPTION_KEY", "", "Key that TOTP secrets are sealed with, in the same form; made once in development",
        true},
       current_key(&Config::totp_key)},
      {{"TOTP_ENCRYPTION_KEY_NEXT", "", "The one after it: opens, seals nothing yet", true, true, false,
        "TOTP_ENCRYPTION_KEY"},
       next_key(&Config::totp_key)},
      {{"TOTP_ENCRYPTION_KEYS_OLD", "", "Other keys they may be sealed with, comma-separated; see keys rotate totp",
        true, true, false, "TOTP_ENCRYPTION_KEY"},
       old_keys(&Config::totp_key)},
      {{"TOTP_ISSUER", "", "Name that authenticator apps show; default the host of PUBLIC_URL"}, &apply_issuer},
      {{"TOTP_ALGORITHM", "SHA1",
        "SHA1, which every app reads, SHA256 or SHA512; of new authenticators, like the two below"},
       [](Config& c, const std::string& text) {
         const auto algorithm = mfa::totp_algorithm_from(text);
         if (!algorithm) throw BadValue("must be one of SHA1, SHA256, SHA512");
         c.totp.algorithm = *algorithm;
       }},
      {{"TOTP_DIGITS", "6", "Digits of a code, 6 or 8"}, &apply_digits},
      {{"TOTP_PERIOD_SECONDS", "30", "Length of a time step"},
       [](Config& c, const std::string& text) { c.totp.period = std::chrono::seconds(read_number(text, 15, 60)); }},
      {{"TOTP_SKEW_STEPS", "1", "Steps before and after the present one whose code is accepted, 0 to 2"},
       number(&Config::totp_skew_steps, 0, 2)},
      {{"MFA_CHALLENGE_TTL_SECONDS", "300", "Time to end a sign-in with a second factor, or to confirm a new one"},
       seconds(&Config::mfa_challenge_ttl, 1, 300)},
      {{"MFA_REQUIRED_ROLES", "",
        "Who must have a second factor: user, staff, admin, or none; default staff,admin in production, else none"},
       &apply_required_roles},
      {{"MFA_TRUSTED_BROWSER_DAYS", "0", "How long an owner may let a browser do without it; 0: not at all"},
       [](Config& c, const std::string& text) { c.mfa_trusted_browser = std::chrono::days(read_number(text, 0, 90)); }},
  };
}

}  // namespace secureauth::settings
