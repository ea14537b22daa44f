#pragma once

#include "login/admission.hpp"
#include "login/challenge_store.hpp"
#include "login/factor_proof.hpp"

namespace secureauth::login {

/// Ends a sign-in whose password was right, by a second factor. Thread-safe.
/// Source: NIST SP 800-63B-4 §2.2 (AAL2); OWASP ASVS 5.0 6.3.4, 6.5, 6.6.2, 6.6.3 (by analogy).
class SecondFactorLogin {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    FactorProof& proof;
    const Admission& admission;
    const Clock& clock;
  };
  explicit SecondFactorLogin(Parts parts) : parts_(parts) {}

  struct Request {
    PresentedChallenge challenge;
    ClientInfo client;
    std::optional<sessions::SessionToken> presented;         ///< the browser's session until now; it ends
    std::string known_browser;                               ///< its cookie, or empty
    std::optional<std::string> trust_cookie = std::nullopt;  ///< the same, where the browser is not to be asked again
  };
  /// Both fail with challenge_expired (unknown, used, too old, of another browser, void, or no attempt is left), and as
  /// FactorProof does.
  net::awaitable<Result<Admitted>> with_totp(Request request, std::string code);

  struct Recovered {
    Admitted admitted;
    int remaining = 0;  ///< recovery codes that are left
  };
  net::awaitable<Result<Recovered>> with_recovery_code(Request request, mfa::RecoveryCode code);

 private:
  net::awaitable<Result<Arrival>> arrive(Request request, sessions::FactorProven proof);
  [[nodiscard]] FactorProof::Attempt attempt_of(const Arrival& arrival) const;
  /// `arrival` must outlive what comes back.
  [[nodiscard]] FactorProof::Purpose purpose_of(PresentedChallenge challenge, const Arrival& arrival);

  Parts parts_;
};

}  // namespace secureauth::login
