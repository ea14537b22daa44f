#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/id.hpp"
#include "mfa/webauthn/attestation.hpp"
#include "mfa/webauthn/cose_key.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::mfa {

using PasskeyId = Id<struct PasskeyTag>;

/// A WebAuthn credential of an account, as it is kept (WebAuthn Level 3 §4 "credential record").
struct Passkey {
  PasskeyId id;  ///< ours
  UserId user;
  std::vector<std::byte> credential_id;  ///< the authenticator's
  std::vector<std::byte> public_key;     ///< COSE_Key
  webauthn::CoseAlgorithm algorithm{};
  std::int64_t sign_count = 0;
  std::string name;
  std::vector<std::string> transports;
  webauthn::Aaguid aaguid{};
  std::string attestation_format;
  webauthn::AttestationType attestation_type{};
  bool attested = false;       ///< a chain led to a root of the metadata
  bool user_verified = false;  ///< it has verified its user once: it can
  bool backup_eligible = false;
  bool backed_up = false;
  Timestamp created_at;
  std::optional<Timestamp> last_used_at;
};

/// What an owner calls a passkey: 1 to 64 code points, otherwise like accounts::parse_display_name, also in its
/// refusals.
[[nodiscard]] Result<std::string> parse_passkey_name(const std::string& text);

}  // namespace secureauth::mfa
