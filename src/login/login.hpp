#pragma once

#include "accounts/account_letters.hpp"
#include "accounts/email_address.hpp"
#include "accounts/password_credential.hpp"
#include "audit/audit_log.hpp"
#include "core/net.hpp"
#include "mail/outbox.hpp"
#include "passwords/password_hasher.hpp"
#include "protection/known_browsers.hpp"
#include "sessions/sessions.hpp"

#include <optional>
#include <string>

namespace secureauth::login {

/// Password sign-in: decides, never renders. Thread-safe; call from any io thread.
/// Source: OWASP Authentication Cheat Sheet; NIST SP 800-63B-4 §3.1.1.
class Login {
 public:
  struct Parts {
    db::Database& database;
    passwords::PasswordHasher& hasher;
    sessions::Sessions& sessions;
    const protection::KnownBrowsers& browsers;
    const mail::Outbox& outbox;
    const accounts::AccountLetters& letters;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit Login(Parts parts) : parts_(parts) {}

  struct Request {
    accounts::EmailAddress email;
    passwords::Password password;
    ClientInfo client;
    std::optional<sessions::SessionToken> presented;  ///< the browser's session until now; it ends
    std::string known_browser;                        ///< its cookie, or empty
  };
  struct Accepted {
    sessions::Sessions::Opened session;
    std::string known_browser;  ///< the cookie's new value
  };
  /// Verifies the password in constant work whether or not the account exists. One that was hashed otherwise than the
  /// settings ask is hashed anew, never weaker.
  /// One that attackers have by now ends every session and is mailed to the owner.
  /// Fails with invalid_credentials; email_not_verified, account_disabled and password_change_required (right password
  /// only); overloaded.
  net::awaitable<Result<Accepted>> operator()(Request request);

 private:
  using Credential = accounts::PasswordCredential;
  struct Proven {
    Credential credential;
    passwords::Verdict verdict;
  };
  net::awaitable<Result<Proven>> prove(accounts::PasswordCredentials known, passwords::Password password);
  net::awaitable<Result<Accepted>> open(Proven proven, Request request);
  /// Once for an account: ends its sessions and tells its owner.
  net::awaitable<void> demand_change(Credential proven, std::string email_key, ClientInfo client);
  net::awaitable<void> record_failure(std::optional<UserId> subject, ErrorCode reason, ClientInfo client);

  Parts parts_;
};

}  // namespace secureauth::login
