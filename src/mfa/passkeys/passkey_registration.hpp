#pragma once

#include "audit/audit_log.hpp"
#include "core/client_info.hpp"
#include "mfa/factor_changes.hpp"
#include "mfa/passkeys/passkey.hpp"
#include "mfa/passkeys/passkey_challenges.hpp"
#include "mfa/passkeys/passkey_decoys.hpp"
#include "mfa/passkeys/passkey_settings.hpp"
#include "sessions/sessions.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace secureauth::mfa {

/// Makes a passkey of an account's owner, inside a session. Thread-safe.
/// Source: WebAuthn Level 3 §7.1; OWASP ASVS 5.0 6.3.7, 7.4.3.
class PasskeyRegistration {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    PasskeyChallenges& challenges;
    FactorChanges& changes;
    const PasskeySettings& settings;
    const PasskeyDecoys& decoys;
    const audit::AuditLog& audit;
    const Clock& clock;
    crypto::Random& random;
  };
  explicit PasskeyRegistration(Parts parts) : parts_(parts) {}

  /// Answers with creation_request(). Fails with conflict when the account has as many as it may, unauthenticated.
  net::awaitable<Result<boost::json::object>> start(sessions::SessionRef session, ClientInfo client);

  struct Finish {
    sessions::SessionRef session;
    std::string challenge_id;
    boost::json::object body;  ///< what the browser brought, as read_registration() takes it
    std::string name;          ///< the owner's word for it; empty: the model's
    bool end_other_sessions = true;
    ClientInfo client;
  };
  struct Registered {
    Passkey passkey;
    sessions::Sessions::Opened session;
  };
  /// The challenge is used up whatever happens. Keeps the passkey, ends the other sessions or has them read anew,
  /// renews this one, and the owner hears of it; or keeps nothing. Fails with challenge_expired; invalid_request for
  /// whichever step failed, which the audit log names; conflict as above; unauthenticated.
  net::awaitable<Result<Registered>> finish(Finish request);

 private:
  net::awaitable<Result<Registered>> keep(db::Transaction& tx, const Finish& request, const Passkey& passkey,
                                          sessions::Sessions::Ended& ended);
  net::awaitable<Error> refuse(const Finish& request, webauthn::Refusal refusal);

  Parts parts_;
};

/// Steps 3 to 25 of a registration that was asked for by `challenge`.
[[nodiscard]] webauthn::Verdict<Passkey> verify_new_passkey(const PasskeySettings& settings,
                                                            const PasskeyChallenge& challenge,
                                                            const boost::json::object& body, Timestamp now);

/// Step 26: false when the credential is somebody's already; and alike where its id is a decoy's, which is somebody's
/// as far as anybody can see. Executors passed in outlive the call.
net::awaitable<bool> keep_unless_taken(db::Executor& database, const PasskeyDecoys& decoys, Passkey passkey);

/// The answer to whichever step failed.
[[nodiscard]] Error refused_registration();

/// What the audit log says of a refused ceremony.
[[nodiscard]] boost::json::object audited(webauthn::Ceremony ceremony, const webauthn::Refusal& refusal);

}  // namespace secureauth::mfa
