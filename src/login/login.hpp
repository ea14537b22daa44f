#pragma once

#include "accounts/account_letters.hpp"
#include "accounts/email_address.hpp"
#include "accounts/password_credential.hpp"
#include "accounts/password_outcomes.hpp"
#include "audit/address_digest.hpp"
#include "audit/audit_log.hpp"
#include "core/net.hpp"
#include "login/admission.hpp"
#include "login/challenge_store.hpp"
#include "mail/outbox.hpp"
#include "mfa/passkeys/passkey_requests.hpp"
#include "passwords/password_hasher.hpp"
#include "protection/known_browsers.hpp"
#include "protection/proof_of_work.hpp"
#include "sessions/sessions.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace secureauth::login {

/// Password sign-in: decides, never renders. Thread-safe; call from any io thread.
/// Source: OWASP Authentication Cheat Sheet; NIST SP 800-63B-4 §3.1.1.
class Login {
 public:
  struct Parts {
    db::Database& database;
    passwords::PasswordHasher& hasher;
    sessions::Sessions& sessions;
    const sessions::AssurancePolicy& policy;
    const Admission& admission;
    protection::PasswordGuesses& guesses;
    const accounts::PasswordOutcomes& outcomes;
    protection::StuffingWatch& watch;
    protection::ProofOfWork& work;
    const protection::KnownBrowsers& known_browsers;
    const protection::KnownBrowsers& trusted_browsers;
    mfa::PasskeyRequests& passkeys;
    const mail::Outbox& outbox;
    const accounts::AccountLetters& letters;
    const audit::AuditLog& audit;
    const audit::AddressDigest& digest;
    const Clock& clock;
    crypto::Random& random;
  };
  /// `challenge_ttl`: MFA_CHALLENGE_TTL_SECONDS.
  Login(Parts parts, std::chrono::seconds challenge_ttl) : parts_(parts), challenge_ttl_(challenge_ttl) {}

  struct Request {
    accounts::EmailAddress email;
    passwords::Password password;
    ClientInfo client;
    std::optional<sessions::SessionToken> presented;  ///< the browser's session until now; it ends
    std::string known_browser;                        ///< its cookie, or empty
    std::string trusted_browser;                      ///< the same
    std::optional<protection::ProofOfWork::Solution> work = std::nullopt;
  };
  /// The password was right, and a second factor is due: no session, and nothing that stands for one.
  struct MfaDue {
    ChallengeToken challenge;
    sessions::PreSessionToken browser;  ///< in a cookie: the challenge is nothing without it
    std::vector<accounts::Factor> methods;
    std::chrono::seconds life{};
    boost::json::object webauthn = {};  ///< what to ask of the browser's authenticators; empty: there is no passkey
  };
  using Outcome = std::variant<Admitted, MfaDue>;
  /// Verifies the password in constant work whether or not the account exists, as long as there are guesses left for
  /// the address, at this browser and this network (protection/password_guesses.hpp). One that was hashed otherwise
  /// than the settings ask is hashed anew, never weaker. One that attackers have by now ends every session and is
  /// mailed to the owner. Fails with proof_of_work_required; account_locked and rate_limited, the right password too;
  /// invalid_credentials; email_not_verified, account_disabled and password_change_required (right password only);
  /// overloaded.
  net::awaitable<Result<Outcome>> operator()(Request request);

 private:
  using Credential = accounts::PasswordCredential;
  using Spent = protection::PasswordGuesses::Spent;
  using Subject = protection::GuessSubject;
  struct Proven {
    Credential credential;
    passwords::Verdict verdict;
  };
  /// Whether the request brought the proof of work that is asked for.
  net::awaitable<bool> has_worked(const Request& request, Subject subject);
  [[nodiscard]] protection::PasswordGuesses::Guess guess_of(const Request& request, Subject subject,
                                                            const std::optional<Credential>& account) const;
  net::awaitable<Result<Proven>> prove(accounts::PasswordCredentials known, passwords::Password password,
                                       passwords::HashingPool::Lane lane);
  net::awaitable<Result<Outcome>> go_on(Proven proven, Request request, Spent spent);
  net::awaitable<Result<Outcome>> open(Arrival arrival, Spent spent, Admission::Also also);
  net::awaitable<MfaDue> challenge(Arrival arrival, Admission::Also also);
  /// Once for an account: ends its sessions and tells its owner.
  net::awaitable<void> demand_change(Credential proven, std::string email_key, ClientInfo client);
  net::awaitable<void> record_wrong(Spent spent, audit::Entry failure, accounts::PasswordOutcomes::Owner owner);
  /// The password was right, and opens nothing.
  net::awaitable<void> record_refusal(accounts::Account account, Spent spent, ErrorCode reason, ClientInfo client);

  Parts parts_;
  std::chrono::seconds challenge_ttl_;
};

}  // namespace secureauth::login
