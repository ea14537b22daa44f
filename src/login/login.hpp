#pragma once

#include "accounts/email_address.hpp"
#include "audit/audit_log.hpp"
#include "core/net.hpp"
#include "passwords/password_hasher.hpp"
#include "sessions/sessions.hpp"

#include <optional>

namespace secureauth::login {

/// Password sign-in: decides, never renders. Thread-safe; call from any io thread.
/// Source: OWASP Authentication Cheat Sheet; NIST SP 800-63B-4 §3.1.1.
class Login {
 public:
  struct Parts {
    db::Database& database;
    passwords::PasswordHasher& hasher;
    sessions::Sessions& sessions;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit Login(Parts parts) : parts_(parts) {}

  struct Request {
    accounts::EmailAddress email;
    passwords::Password password;
    ClientInfo client;
    std::optional<sessions::SessionToken> presented;  ///< the browser's session until now; it ends
  };

  /// Verifies the password in constant work whether or not the account exists.
  /// Fails with invalid_credentials; email_not_verified and account_disabled (right password only); overloaded.
  net::awaitable<Result<sessions::Sessions::Opened>> operator()(Request request);

 private:
  net::awaitable<void> record_failure(std::optional<UserId> subject, ErrorCode reason, ClientInfo client);

  Parts parts_;
};

}  // namespace secureauth::login
