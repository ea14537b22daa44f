#pragma once

#include "accounts/user.hpp"
#include "audit/audit_log.hpp"
#include "crypto/key_ring.hpp"
#include "db/batches.hpp"
#include "mfa/totp/totp.hpp"
#include "mfa/totp/totp_store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::mfa {

/// What TOTP secrets are sealed for (crypto::KeyRing), beside their user.
inline constexpr std::string_view kTotpPurpose = "totp";

/// An account's TOTP authenticator, at most one, and the one that a code has yet to confirm. Guesses are counted by the
/// caller. Transactions passed in have named accounts::serial_subject(user), so that the attempts of one account run
/// one after the other, and must outlive the call. Thread-safe.
/// Source: RFC 6238 §5.2; NIST SP 800-63B-4 §3.1.4; OWASP ASVS 5.0 6.5.1, 6.5.5, 11.3.3.
class TotpAuthenticators {
 public:
  struct Parts {
    const crypto::KeyRing& keys;
    const audit::AuditLog& audit;
    const Clock& clock;
    crypto::Random& random;
  };
  struct Options {
    std::string issuer;
    TotpParameters fresh;  ///< of new authenticators
    int skew_steps = 1;
    std::chrono::seconds enrolment_ttl{};
  };
  TotpAuthenticators(Parts parts, Options options) : parts_(parts), options_(std::move(options)) {}

  /// What the owner's app is to be given, once.
  struct Provision {
    std::string secret;  ///< Base32
    std::string uri;     ///< otpauth://
    TotpParameters parameters;
    Timestamp expires_at;
  };
  /// Makes an authenticator that waits for its first code, in the place of one that did. The active one goes on.
  net::awaitable<Provision> begin(db::Transaction& tx, accounts::User user);

  /// Whether the code confirms the one that waits, which then is the active one, and the code used. Fails with
  /// validation_failed (another number of digits, or no digits) where that is the only one.
  net::awaitable<Result<bool>> confirm(db::Transaction& tx, UserId user, std::string code);

  /// Uses up a code of the active authenticator. Fails with mfa_failed (wrong; none is active; its secret cannot be
  /// opened, which is audited: commit after a refusal too), code_already_used, validation_failed (another number of
  /// digits, or no digits).
  net::awaitable<Result<void>> verify(db::Transaction& tx, UserId user, std::string code, ClientInfo client);

  /// Takes away the active one and one that waits; false when none was active.
  net::awaitable<bool> remove(db::Transaction& tx, UserId user);

  struct Listed {
    Timestamp created_at;
    Timestamp last_used_at;
    TotpParameters parameters;
  };
  net::awaitable<std::optional<Listed>> find(db::Executor& database, UserId user);
  net::awaitable<bool> is_pending(db::Executor& database, UserId user);

  /// Deletes set-ups that nobody confirmed in time.
  net::awaitable<void> forget_expired(db::Executor& database, const db::GoOn& go_on = db::kWithoutPause);

 private:
  net::awaitable<void> audit_unreadable(db::Transaction& tx, UserId user, std::string key_id, ClientInfo client);

  Parts parts_;
  Options options_;
};

}  // namespace secureauth::mfa
