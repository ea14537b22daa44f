#pragma once

#include "accounts/email_address.hpp"
#include "login/admission.hpp"
#include "login/challenge_store.hpp"
#include "login/passkey_proof.hpp"
#include "mfa/passkeys/passkey_requests.hpp"

namespace secureauth::login {

/// Signs in with a passkey: alone, where it verified its user, or after a password. Thread-safe.
/// Source: WebAuthn Level 3 §7.2; NIST SP 800-63B-4 §2.2, §3.1.7; OWASP ASVS 5.0 6.3.3, 6.3.4.
class PasskeyLogin {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    mfa::PasskeyRequests& requests;
    PasskeyProof& proof;
    const Admission& admission;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit PasskeyLogin(Parts parts) : parts_(parts) {}

  /// What is asked of a browser's authenticators, as assertion_request(): of whoever has the address, or of anybody.
  net::awaitable<boost::json::object> start(std::optional<accounts::EmailAddress> email,
                                            sessions::PreSessionToken browser);

  /// The same for a pending sign-in. Fails with challenge_expired; conflict where the account has no passkey.
  net::awaitable<Result<boost::json::object>> start_second_factor(PresentedChallenge sign_in);

  struct Finish {
    std::string challenge_id;
    sessions::PreSessionToken browser;
    boost::json::object body;  ///< what the browser brought, as read_authentication() takes it
    ClientInfo client;
    std::optional<sessions::SessionToken> presented;         ///< the browser's session until now; it ends
    std::string known_browser;                               ///< its cookie, or empty
    std::optional<std::string> trust_cookie = std::nullopt;  ///< the same, where the browser is not to be asked again
  };
  /// Either kind of sign-in. Fails with challenge_expired (a pending sign-in that is over, too), and as PasskeyProof
  /// and Sessions::open do.
  net::awaitable<Result<Admitted>> finish(Finish finish);

 private:
  [[nodiscard]] static Arrival arrive(const PasskeyProof::Proven& proven, const std::optional<Challenge>& pending,
                                      const Finish& finish);
  net::awaitable<void> record_failure(UserId user, ErrorCode refusal, ClientInfo client);

  Parts parts_;
};

}  // namespace secureauth::login
