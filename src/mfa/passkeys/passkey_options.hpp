#pragma once

#include "mfa/passkeys/passkey.hpp"
#include "mfa/passkeys/passkey_challenges.hpp"
#include "mfa/passkeys/passkey_settings.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace secureauth::mfa {

/// A credential as options name it to a browser (WebAuthn Level 3 §5.8.3).
struct PasskeyDescriptor {
  std::vector<std::byte> id;
  std::vector<std::string> transports;
};
[[nodiscard]] std::vector<PasskeyDescriptor> describe(const std::vector<Passkey>& passkeys);

/// Whom a passkey is made for (§5.4.3). Nothing of it is verified by anybody; it is what the owner chooses by.
struct PasskeyOwner {
  std::vector<std::byte> handle;
  std::string name;          ///< the address
  std::string display_name;  ///< what the person wants to be called, else the address
};

/// What a new passkey is to be for: beside a password, or in its place. Then it must verify its user, and be found
/// without an address.
enum class Use { beside_password, alone };

/// A ceremony as its start answers: `challenge_id`, `publicKey` (§5.1.9, §5.1.10: the JSON that browsers parse) and
/// `expires_at`. `publicKey` asks navigator.credentials.create() for a passkey of this owner on an authenticator that
/// has none of `existing`.
[[nodiscard]] boost::json::object creation_request(const PasskeySettings& settings,
                                                   const PasskeyChallenges::Issued& issued, const PasskeyOwner& owner,
                                                   const std::vector<PasskeyDescriptor>& existing, Use use,
                                                   Timestamp now);

/// The same for navigator.credentials.get() with one of `allowed`, or with whichever the browser finds.
[[nodiscard]] boost::json::object assertion_request(const PasskeySettings& settings,
                                                    const PasskeyChallenges::Issued& issued,
                                                    const std::vector<PasskeyDescriptor>& allowed,
                                                    webauthn::UserVerification user_verification, Timestamp now);

}  // namespace secureauth::mfa
