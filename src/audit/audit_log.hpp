#pragma once

#include "audit/audit_keys.hpp"
#include "core/client_info.hpp"
#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/net.hpp"
#include "crypto/random.hpp"
#include "db/database.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string_view>

namespace secureauth::audit {

/// Every security event there is, one by one in `docs/audit.md`.
enum class Event {
  user_registered,         ///< somebody asked for an account; subject is the registration's id
  registration_for_taken,  ///< the same for an address that has an account; subject is its owner
  verification_requested,  ///< a new link was asked for; subject only where there was something to resend
  email_verified,
  user_created,    ///< on the command line
  users_imported,  ///< there, too; one a transaction
  users_exported,
  user_role_changed,
  user_status_changed,
  login_succeeded,
  login_challenged,  ///< the password was right; a second factor is due
  login_failed,
  step_up_succeeded,
  step_up_failed,
  credential_stuffing_noticed,  ///< of passwords over many accounts more fail than people mistype; and its end
  credential_stuffing_over,
  account_locked,    ///< as many wrong passwords or codes as are allowed; once a lock
  account_unlocked,  ///< by an operator
  factor_enrolment_started,
  factor_enrolment_failed,  ///< what a browser brought is no passkey of this service; the step says why
  factor_added,
  factor_removed,
  passkey_renamed,
  passkey_count_went_back,   ///< its sign count did not grow: perhaps there is a copy
  passkey_backup_changed,    ///< it says now that it may be copied, or no more: no authenticator does
  factor_secret_unreadable,  ///< an authenticator's secret was altered, moved or sealed under a key that is gone
  recovery_codes_made,       ///< ten new ones in the place of all before
  recovery_code_used,
  factors_reset,             ///< an operator took them all away
  password_change_demanded,  ///< nobody signs in before a reset
  password_changed,
  password_change_failed,    ///< the present password was wrong
  password_reset_requested,  ///< subject only where the address has an account or a sign-up
  password_reset,
  email_change_requested,
  email_changed,
  email_change_undone,
  profile_changed,  ///< its owner gave the account another name
  user_deleted,
  user_data_exported,
  session_ended,
  token_issued,         ///< a service behind this one may take the account for signed in, for some minutes
  sessions_revoked,     ///< an operator ended all sessions of an account, or of everybody
  reset_mail_sent,      ///< an operator had a link mailed that sets another password
  user_change_refused,  ///< an operator asked for what nobody may: the reason is in the details
  users_listed,         ///< an operator looked at accounts
  user_viewed,
  audit_read,         ///< an operator looked at this log
  audit_exported,     ///< it was written out on the command line
  audit_pruned,       ///< its oldest entries were exported and deleted
  tampering_noticed,  ///< somebody changed it behind the service's back
  request_refused,    ///< a request that changed nothing: one, or many alike
  service_started,
  service_stopped,
  store_failed,    ///< a store could not be used for a while: recorded when it can again
  mail_given_up,   ///< a mail will not be delivered
  peer_untrusted,  ///< TLS to a peer of the settings failed: perhaps somebody stands between
  keys_rotated,    ///< another key is the current one in the files, or what another sealed was sealed anew
  keys_reloaded,   ///< a running service took other keys of its settings, or refused to
  keys_retired,    ///< an old key is to be let go
  schema_migrated,
  backup_restored,   ///< what it brought back to life was voided
  delivery_moved,    ///< an operator let a receiver of these events go on from elsewhere
  audit_begun_anew,  ///< its key was lost: it goes on under another, what was before is kept elsewhere
  audit_set_aside,   ///< entries that nobody can seal, for their key is gone, were moved into a file
};

[[nodiscard]] std::string_view name_of(Event event);
[[nodiscard]] std::optional<Event> event_from(std::string_view name);

enum class Outcome { success, failure };

struct Entry {
  Event event;
  Outcome outcome = Outcome::success;
  std::optional<UserId> actor = {};
  std::optional<UserId> subject = {};
  std::optional<SessionId> session = {};
  ClientInfo client = {};
  boost::json::object details = {};  ///< never a secret, never an address
};

/// Writes audit rows through the transaction of what they record: both are kept, or neither (ASVS 16.3.1). Each gets a
/// MAC and its place in the queue of what is to be sealed; both travel with the transaction's next statement or commit.
/// Thread-safe.
class AuditLog {
 public:
  AuditLog(const Clock& clock, crypto::Random& random, const AuditKeys& keys)
      : clock_(clock), random_(random), keys_(keys) {}

  /// `transaction` must outlive the call.
  net::awaitable<void> record(db::Transaction& transaction, Entry entry) const;

  /// The same for what changes nothing else: in a transaction of its own.
  net::awaitable<void> record_alone(db::Database& database, Entry entry) const;

 private:
  const Clock& clock_;
  crypto::Random& random_;
  const AuditKeys& keys_;
};

}  // namespace secureauth::audit
