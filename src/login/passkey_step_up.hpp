#pragma once

#include "login/passkey_proof.hpp"
#include "mfa/passkeys/passkey_requests.hpp"

namespace secureauth::login {

/// A fresh proof by a passkey inside a session, as StepUp: the strongest that an account can give. Thread-safe.
class PasskeyStepUp {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    mfa::PasskeyRequests& requests;
    PasskeyProof& proof;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit PasskeyStepUp(Parts parts) : parts_(parts) {}

  /// Fails with step_up_required, naming other methods, where the account has no passkey.
  net::awaitable<Result<boost::json::object>> start(sessions::SessionRef session);

  struct Finish {
    sessions::SessionRef session;
    std::string challenge_id;
    boost::json::object body;  ///< what the browser brought, as read_authentication() takes it
    ClientInfo client;
  };
  /// Fails as PasskeyProof does; unauthenticated when the session ended meanwhile.
  net::awaitable<Result<sessions::Sessions::Opened>> finish(Finish finish);

 private:
  Parts parts_;
};

}  // namespace secureauth::login
