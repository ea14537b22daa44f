#include "settings/webauthn_settings.hpp"

#include "settings/setting_kinds.hpp"

#include <set>

namespace secureauth::settings {
namespace {

using webauthn::AttestationConveyance;
using webauthn::UserVerification;

/// A choice among the words of an enum whose to_text() writes them.
template <class T>
T read_word(const std::string& text, std::initializer_list<T> values) {
  std::string known;
  for (const auto value : values) {
    if (to_text(value) == text) return value;
    known.append(known.empty() ? "" : ", ").append(to_text(value));
  }
  throw BadValue("must be one of " + known);
}

std::vector<std::string> read_origins(const std::string& text) {
  std::vector<std::string> origins;
  for (const auto& item : read_list(text)) origins.push_back(read_origin(item).text);
  return origins;
}

std::set<webauthn::Aaguid> read_aaguids(const std::string& text) {
  std::set<webauthn::Aaguid> aaguids;
  for (const auto& item : read_list(text)) {
    const auto aaguid = webauthn::aaguid_from(item);
    if (!aaguid) throw BadValue("names '" + item + "', which is no AAGUID");
    aaguids.insert(*aaguid);
  }
  return aaguids;
}

/// Authenticators cut names beyond 64 bytes (WebAuthn Level 3 §5.4.2).
void apply_name(Config& c, const std::string& text) {
  c.passkeys.relying_party_name = read_line(text);
  if (text.size() > 64) throw BadValue("must have 64 bytes at most");
}

void apply_sign_count(Config& c, const std::string& text) {
  if (text != "refuse" && text != "audit") throw BadValue("must be refuse or audit");
  c.passkeys.refuse_count_going_back = text == "refuse";
}

}  // namespace

std::vector<SettingRow> webauthn_rows() {
  return {
      {{"WEBAUTHN_RP_ID", "", "Domain that passkeys are bound to, for good; default the host of PUBLIC_URL"},
       [](Config& c, const std::string& text) { c.passkeys.relying_party.id = read_host(text); }},
      {{"WEBAUTHN_RP_NAME", "", "Name that authenticators show; default the host of PUBLIC_URL"}, &apply_name},
      {{"WEBAUTHN_ORIGINS", "",
        "Pages that may use passkeys, comma-separated; default PUBLIC_URL's and FRONTEND_ORIGIN"},
       [](Config& c, const std::string& text) { c.passkeys.relying_party.origins = read_origins(text); }},
      {{"WEBAUTHN_CROSS_ORIGIN", "false", "Let pages use passkeys inside frames of other sites"},
       [](Config& c, const std::string& text) { c.passkeys.relying_party.cross_origin = read_switch(text); }},
      {{"WEBAUTHN_TOP_ORIGINS", "", "Which sites, comma-separated, where browsers say it"},
       [](Config& c, const std::string& text) { c.passkeys.relying_party.top_origins = read_origins(text); }},
      {{"WEBAUTHN_USER_VERIFICATION", "preferred",
        "required, preferred or discouraged, beside a password; passkeys alone always verify their user"},
       [](Config& c, const std::string& text) {
         using enum UserVerification;
         c.passkeys.user_verification = read_word(text, {required, preferred, discouraged});
       }},
      {{"WEBAUTHN_ATTESTATION", "none",
        "none, indirect, direct or enterprise: the last two take only authenticators that WEBAUTHN_MDS_FILE vouches "
        "for"},
       [](Config& c, const std::string& text) {
         using enum AttestationConveyance;
         c.passkeys.attestation.conveyance = read_word(text, {none, indirect, direct, enterprise});
       }},
      {{"WEBAUTHN_MDS_FILE", "", "FIDO metadata BLOB (MDS3); see webauthn metadata update"},
       [](Config& c, const std::string& text) { c.webauthn_mds_file = text; }},
      {{"WEBAUTHN_MDS_ROOT_FILE", "/usr/share/ca-certificates/mozilla/GlobalSign_Root_CA_-_R3.crt",
        "PEM certificate of who signs it"},
       [](Config& c, const std::string& text) { c.webauthn_mds_root_file = text; }},
      {{"WEBAUTHN_AAGUID_ALLOW", "", "The only models of authenticators that may be registered; empty: all"},
       [](Config& c, const std::string& text) { c.passkeys.attestation.allowed = read_aaguids(text); }},
      {{"WEBAUTHN_AAGUID_DENY", "", "Models that may not"},
       [](Config& c, const std::string& text) { c.passkeys.attestation.denied = read_aaguids(text); }},
      {{"WEBAUTHN_DEVICE_BOUND_ONLY", "false", "Refuse passkeys that may be copied to other devices"},
       [](Config& c, const std::string& text) { c.passkeys.device_bound_only = read_switch(text); }},
      {{"WEBAUTHN_SIGN_COUNT", "refuse", "refuse or audit: what a passkey whose counter went back is answered with"},
       &apply_sign_count},
      {{"WEBAUTHN_MAX_CREDENTIALS", "20", "Passkeys an account may have"},
       [](Config& c, const std::string& text) { c.passkeys.most_per_user = read_number(text, 1, 100); }},
      {{"PASSWORDLESS_SIGNUP", "false", "Let people sign up with a passkey and no password"},
       [](Config& c, const std::string& text) { c.passkeys.sign_up = read_switch(text); }},
  };
}

}  // namespace secureauth::settings
