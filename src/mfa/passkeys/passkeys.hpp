#pragma once

#include "audit/audit_log.hpp"
#include "mfa/factor_changes.hpp"
#include "mfa/passkeys/passkey_settings.hpp"
#include "mfa/passkeys/passkey_store.hpp"
#include "sessions/sessions.hpp"

#include <optional>
#include <string>
#include <vector>

namespace secureauth::mfa {

/// The owner's view of an account's passkeys. Thread-safe. Source: OWASP ASVS 5.0 6.5.6; WebAuthn Level 3 §10.
class Passkeys {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    const sessions::AssurancePolicy& policy;
    FactorChanges& changes;
    const PasskeySettings& settings;
    const audit::AuditLog& audit;
  };
  explicit Passkeys(Parts parts) : parts_(parts) {}

  struct Listed {
    std::vector<Passkey> passkeys;       ///< newest first
    std::vector<std::byte> user_handle;  ///< empty where there never was a passkey
  };
  net::awaitable<Listed> list(UserId user);

  /// Whether the account has a password beside them; without one a passkey is its only way in.
  net::awaitable<bool> stand_beside_password(UserId user);

  /// A passkey as the owner sees it.
  [[nodiscard]] boost::json::object view(const Passkey& passkey) const;

  /// All of an account's, for its data export. `database` outlives the call.
  net::awaitable<boost::json::array> exported(db::Executor& database, UserId user);

  /// Fails with not_found.
  net::awaitable<Result<Passkey>> rename(sessions::SessionRef session, PasskeyId id, std::string name,
                                         ClientInfo client);

  struct Removal {
    sessions::SessionRef session;
    PasskeyId id;
    bool end_other_sessions = true;
    ClientInfo client;
  };
  /// Ends the other sessions or has them read anew, renews this one, and the owner hears of it. Fails with not_found;
  /// conflict for the last factor of an account that must have one, and the last way into one without a password;
  /// unauthenticated.
  net::awaitable<Result<sessions::Sessions::Opened>> remove(Removal removal);

 private:
  net::awaitable<Result<void>> may_go(db::Transaction& tx, const Removal& removal);

  Parts parts_;
};

}  // namespace secureauth::mfa
