#pragma once

#include "accounts/registration.hpp"
#include "audit/audit_log.hpp"
#include "mfa/passkeys/passkey_challenges.hpp"
#include "mfa/passkeys/passkey_decoys.hpp"
#include "mfa/passkeys/passkey_settings.hpp"
#include "protection/known_browsers.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace secureauth::mfa {

/// Signs up with a passkey and no password, where PASSWORDLESS_SIGNUP allows it. The passkey waits in the registration
/// until the mailed link proves the mailbox: it opens nothing before, and dies with the registration. Thread-safe.
/// Source: WebAuthn Level 3 §7.1; OWASP ASVS 5.0 2.3.1 (pre-hijacking), 6.3.8.
class PasskeySignUp {
 public:
  struct Parts {
    db::Database& database;
    accounts::Registration& registration;
    PasskeyChallenges& challenges;
    const PasskeySettings& settings;
    const PasskeyDecoys& decoys;
    const protection::KnownBrowsers& browsers;
    const audit::AuditLog& audit;
    const Clock& clock;
    crypto::Random& random;
  };
  explicit PasskeySignUp(Parts parts) : parts_(parts) {}

  /// Answers with creation_request(), alike for every address.
  net::awaitable<boost::json::object> start(accounts::EmailAddress email, std::optional<std::string> name,
                                            crypto::Sha256 browser);

  struct Finish {
    std::string challenge_id;
    crypto::Sha256 browser{};
    std::string known_browser;  ///< its cookie, or empty
    boost::json::object body;   ///< what the browser brought, as read_registration() takes it
    std::string name;           ///< the owner's word for the passkey; empty: the model's
    ClientInfo client;
    Locale locale = Locale::en;
  };
  struct Accepted {
    accounts::Registration::Accepted registration;
    std::string known_browser;  ///< the cookie's new value: the account opens where it lies
  };
  /// Fails with challenge_expired; invalid_request for whichever step failed, which the audit log names.
  net::awaitable<Result<Accepted>> finish(Finish finish);

  /// For Registration: gives a new account the passkey that its registrant made, where it was made. Fails with
  /// invalid_token in another browser, and when it is somebody's by now. `tx` outlives the call.
  net::awaitable<Result<void>> adopt(db::Transaction& tx, UserId user, std::string passkey,
                                     accounts::VerifyingBrowser browser);

 private:
  Parts parts_;
};

}  // namespace secureauth::mfa
