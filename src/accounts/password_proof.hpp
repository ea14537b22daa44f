#pragma once

#include "accounts/password_credential.hpp"
#include "accounts/password_outcomes.hpp"
#include "passwords/password_hasher.hpp"
#include "protection/known_browsers.hpp"
#include "sessions/session.hpp"

namespace secureauth::accounts {

/// The present password of somebody who is signed in, asked for once more. Wrong ones are bounded as at a sign-in, and
/// count together with those. Thread-safe.
/// Source: NIST SP 800-63B-4 §3.2.2; OWASP ASVS 5.0 6.3.5.
class PasswordProof {
 public:
  struct Parts {
    db::Database& database;
    passwords::PasswordHasher& hasher;
    protection::PasswordGuesses& guesses;
    const PasswordOutcomes& outcomes;
    const protection::KnownBrowsers& browsers;
  };
  explicit PasswordProof(Parts parts) : parts_(parts) {}

  struct Attempt {
    sessions::SessionRef session;
    passwords::Password password;
    ClientInfo client;
    std::string known_browser;  ///< its cookie, or empty
    audit::Event failed;        ///< recorded of a wrong one
    boost::json::object details = {};
  };
  /// Whose password it is. Fails with invalid_credentials, account_locked, rate_limited, overloaded; unauthenticated
  /// when the account is gone.
  net::awaitable<Result<PasswordCredential>> operator()(Attempt attempt);

 private:
  using Spent = protection::PasswordGuesses::Spent;
  net::awaitable<Spent> spend(const Attempt& attempt, const PasswordCredential& credential);
  net::awaitable<void> record_failure(Attempt attempt, Spent spent, PasswordOutcomes::Owner owner);
  net::awaitable<void> record_success(Attempt attempt, Spent spent, PasswordOutcomes::Owner owner);

  Parts parts_;
};

}  // namespace secureauth::accounts
