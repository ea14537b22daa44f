#include "audit/audit_log.hpp"

#include "crypto/uuid.hpp"

#include <stdexcept>

namespace secureauth::audit {
namespace {

constexpr db::Statement kInsert{R"sql(
  INSERT INTO audit_logs (id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))sql"};

template <class Tag>
std::optional<std::string> text_of(const std::optional<Id<Tag>>& id) {
  if (!id) return std::nullopt;
  return id->text();
}

}  // namespace

std::string_view name_of(Event event) {
  switch (event) {
    case Event::user_registered:
      return "user.registered";
    case Event::registration_for_taken:
      return "user.registration_for_taken_address";
    case Event::verification_requested:
      return "email.verification_requested";
    case Event::email_verified:
      return "email.verified";
    case Event::user_created:
      return "user.created";
    case Event::users_imported:
      return "users.imported";
    case Event::users_exported:
      return "users.exported";
    case Event::user_role_changed:
      return "user.role_changed";
    case Event::user_status_changed:
      return "user.status_changed";
    case Event::login_succeeded:
      return "login.succeeded";
    case Event::login_challenged:
      return "login.challenged";
    case Event::login_failed:
      return "login.failed";
    case Event::step_up_succeeded:
      return "step_up.succeeded";
    case Event::step_up_failed:
      return "step_up.failed";
    case Event::account_locked:
      return "account.locked";
    case Event::factor_enrolment_started:
      return "mfa.enrolment_started";
    case Event::factor_added:
      return "mfa.factor_added";
    case Event::factor_removed:
      return "mfa.factor_removed";
    case Event::factor_secret_unreadable:
      return "mfa.secret_unreadable";
    case Event::recovery_codes_made:
      return "mfa.recovery_codes_made";
    case Event::recovery_code_used:
      return "mfa.recovery_code_used";
    case Event::factors_reset:
      return "mfa.reset";
    case Event::password_change_demanded:
      return "password.change_demanded";
    case Event::password_changed:
      return "password.changed";
    case Event::password_change_failed:
      return "password.change_failed";
    case Event::password_reset_requested:
      return "password.reset_requested";
    case Event::password_reset:
      return "password.reset";
    case Event::email_change_requested:
      return "email.change_requested";
    case Event::email_changed:
      return "email.changed";
    case Event::email_change_undone:
      return "email.change_undone";
    case Event::user_deleted:
      return "user.deleted";
    case Event::user_data_exported:
      return "user.data_exported";
    case Event::session_ended:
      return "session.ended";
  }
  throw std::logic_error("unknown audit event");
}

net::awaitable<void> AuditLog::record(db::Executor& transaction, Entry entry) const {
  const auto now = clock_.now();
  db::Params params(crypto::uuid_v7(random_, now), now, name_of(entry.event),
                    entry.outcome == Outcome::success ? "success" : "failure", text_of(entry.actor),
                    text_of(entry.subject), text_of(entry.session), entry.client.ip, entry.client.user_agent,
                    entry.client.request_id, boost::json::serialize(entry.details));
  co_await transaction.write(kInsert, std::move(params));
}

}  // namespace secureauth::audit
