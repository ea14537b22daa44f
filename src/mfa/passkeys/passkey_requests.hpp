#pragma once

#include "accounts/user.hpp"
#include "mfa/passkeys/passkey_challenges.hpp"
#include "mfa/passkeys/passkey_decoys.hpp"
#include "mfa/passkeys/passkey_settings.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace secureauth::mfa {

/// Asks for a passkey that there is: begins the ceremonies of sign-ins and step-ups (WebAuthn Level 3 §7.2 steps 1
/// and 2). Each answers with assertion_request(). Executors passed in outlive the call. Thread-safe.
class PasskeyRequests {
 public:
  struct Parts {
    PasskeyChallenges& challenges;
    const PasskeySettings& settings;
    const PasskeyDecoys& decoys;
    const Clock& clock;
  };
  explicit PasskeyRequests(Parts parts) : parts_(parts) {}

  /// Of whoever holds one.
  net::awaitable<boost::json::object> of_anybody(db::Executor& database, crypto::Sha256 browser);

  /// Of whoever has this address: decoys where nobody does, or has no passkey. The same statements for every address.
  net::awaitable<boost::json::object> of_address(db::Executor& database, std::string email_key, crypto::Sha256 browser);

  /// Of an account whose password was right, in the pending sign-in that this ends.
  net::awaitable<boost::json::object> of_second_factor(db::Executor& database, UserId user, crypto::Sha256 sign_in,
                                                       crypto::Sha256 browser);

  /// Of a session's owner, who must be verified; after a password one of the account's passkeys that cannot will do.
  net::awaitable<boost::json::object> of_session(db::Executor& database, UserId user, crypto::Sha256 session,
                                                 bool after_password);

 private:
  net::awaitable<boost::json::object> ask(db::Executor& database, PasskeyChallenge asked,
                                          std::vector<PasskeyDescriptor> allowed, webauthn::UserVerification shown);

  Parts parts_;
};

}  // namespace secureauth::mfa
