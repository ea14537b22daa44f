#pragma once

#include "accounts/account_letters.hpp"
#include "accounts/password_proof.hpp"
#include "mail/outbox.hpp"
#include "passwords/password_hasher.hpp"
#include "passwords/password_policy.hpp"
#include "protection/known_browsers.hpp"
#include "sessions/sessions.hpp"

namespace secureauth::accounts {

/// Another password, for somebody who is signed in and knows the present one. Thread-safe.
/// An account with a second factor will have to prove it too (ASVS 6.2.3): the routes of the factors bring that with
/// them, as a proof that the session gate asks for.
/// Source: OWASP ASVS 5.0 6.2.2, 6.2.3, 7.2.4, 7.4.3.
class PasswordChange {
 public:
  struct Parts {
    db::Database& database;
    const passwords::PasswordPolicy& policy;
    passwords::PasswordHasher& hasher;
    sessions::Sessions& sessions;
    PasswordProof& proof;
    const protection::KnownBrowsers& browsers;
    const mail::Outbox& outbox;
    const AccountLetters& letters;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit PasswordChange(Parts parts) : parts_(parts) {}

  struct Request {
    passwords::Password current;
    passwords::Password wanted;
    ClientInfo client;
    std::string known_browser;  ///< its cookie, or empty
  };
  struct Changed {
    sessions::Sessions::Opened session;
    std::optional<std::string> known_browser;  ///< the cookie's new value, where this browser was known
  };
  /// Ends the other sessions and every link that was mailed for the account, renews this session, and leaves no other
  /// browser known. Fails with invalid_credentials, account_locked and rate_limited (the present password),
  /// validation_failed (field `new_password`, also `same_as_current`), overloaded; unauthenticated when the session
  /// ended meanwhile.
  net::awaitable<Result<Changed>> operator()(sessions::SessionRef session, Request request);

 private:
  net::awaitable<Result<sessions::Sessions::Opened>> set_password(sessions::SessionRef session, std::string hash,
                                                                  ClientInfo client);
  /// The cookie for the browser at hand, where it knew the account with the former password.
  [[nodiscard]] std::optional<std::string> keep_known(std::string_view cookie,
                                                      protection::KnownBrowsers::Owner owner) const;

  Parts parts_;
};

}  // namespace secureauth::accounts
