#include "audit/audit_log.hpp"

#include "audit/entry.hpp"
#include "audit/entry_counts.hpp"
#include "crypto/uuid.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace secureauth::audit {
namespace {

constexpr db::Statement kInsert{R"sql(
  INSERT INTO audit_logs (id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details,
                          mac)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))sql"};

constexpr db::Statement kAwaitSealing{R"sql(
  INSERT INTO audit_pending (entry_id) VALUES ($1))sql"};

constexpr auto kNames = std::to_array<std::pair<Event, std::string_view>>({
    {Event::user_registered, "user.registered"},
    {Event::registration_for_taken, "user.registration_for_taken_address"},
    {Event::verification_requested, "email.verification_requested"},
    {Event::email_verified, "email.verified"},
    {Event::user_created, "user.created"},
    {Event::users_imported, "users.imported"},
    {Event::users_exported, "users.exported"},
    {Event::user_role_changed, "user.role_changed"},
    {Event::user_status_changed, "user.status_changed"},
    {Event::login_succeeded, "login.succeeded"},
    {Event::login_challenged, "login.challenged"},
    {Event::login_failed, "login.failed"},
    {Event::step_up_succeeded, "step_up.succeeded"},
    {Event::step_up_failed, "step_up.failed"},
    {Event::credential_stuffing_noticed, "login.stuffing_noticed"},
    {Event::credential_stuffing_over, "login.stuffing_over"},
    {Event::account_locked, "account.locked"},
    {Event::account_unlocked, "account.unlocked"},
    {Event::factor_enrolment_started, "mfa.enrolment_started"},
    {Event::factor_enrolment_failed, "mfa.enrolment_failed"},
    {Event::factor_added, "mfa.factor_added"},
    {Event::factor_removed, "mfa.factor_removed"},
    {Event::passkey_renamed, "mfa.passkey_renamed"},
    {Event::passkey_count_went_back, "mfa.passkey_count_went_back"},
    {Event::passkey_backup_changed, "mfa.passkey_backup_changed"},
    {Event::factor_secret_unreadable, "mfa.secret_unreadable"},
    {Event::recovery_codes_made, "mfa.recovery_codes_made"},
    {Event::recovery_code_used, "mfa.recovery_code_used"},
    {Event::factors_reset, "mfa.reset"},
    {Event::password_change_demanded, "password.change_demanded"},
    {Event::password_changed, "password.changed"},
    {Event::password_change_failed, "password.change_failed"},
    {Event::password_reset_requested, "password.reset_requested"},
    {Event::password_reset, "password.reset"},
    {Event::email_change_requested, "email.change_requested"},
    {Event::email_changed, "email.changed"},
    {Event::email_change_undone, "email.change_undone"},
    {Event::profile_changed, "user.profile_changed"},
    {Event::user_deleted, "user.deleted"},
    {Event::user_data_exported, "user.data_exported"},
    {Event::session_ended, "session.ended"},
    {Event::token_issued, "token.issued"},
    {Event::sessions_revoked, "sessions.revoked"},
    {Event::reset_mail_sent, "password.reset_mail_sent"},
    {Event::user_change_refused, "user.change_refused"},
    {Event::users_listed, "users.listed"},
    {Event::user_viewed, "user.viewed"},
    {Event::audit_read, "audit.read"},
    {Event::audit_exported, "audit.exported"},
    {Event::audit_pruned, "audit.pruned"},
    {Event::tampering_noticed, "audit.tampering_noticed"},
    {Event::request_refused, "request.refused"},
    {Event::service_started, "service.started"},
    {Event::service_stopped, "service.stopped"},
    {Event::store_failed, "store.failed"},
    {Event::mail_given_up, "mail.given_up"},
    {Event::peer_untrusted, "peer.untrusted"},
    {Event::keys_rotated, "keys.rotated"},
    {Event::keys_reloaded, "keys.reloaded"},
    {Event::keys_retired, "keys.retired"},
    {Event::schema_migrated, "schema.migrated"},
    {Event::backup_restored, "backup.restored"},
    {Event::delivery_moved, "audit.delivery_moved"},
    {Event::audit_begun_anew, "audit.begun_anew"},
    {Event::audit_set_aside, "audit.set_aside"},
});

template <class Tag>
std::optional<std::string> text_of(const std::optional<Id<Tag>>& id) {
  if (!id) return std::nullopt;
  return id->text();
}

}  // namespace

std::string_view name_of(Event event) {
  const auto* named = std::ranges::find(kNames, event, &std::pair<Event, std::string_view>::first);
  if (named == kNames.end()) throw std::logic_error("unknown audit event");
  return named->second;
}

std::optional<Event> event_from(std::string_view name) {
  const auto* named = std::ranges::find(kNames, name, &std::pair<Event, std::string_view>::second);
  if (named == kNames.end()) return std::nullopt;
  return named->first;
}

net::awaitable<void> AuditLog::record(db::Transaction& transaction, Entry entry) const {
  const auto now = clock_.now();
  const auto id = crypto::uuid_v7(random_, now);
  const auto at = to_rfc3339(now);
  const std::string_view outcome = entry.outcome == Outcome::success ? "success" : "failure";
  const auto actor = text_of(entry.actor);
  const auto subject = text_of(entry.subject);
  const auto session = text_of(entry.session);
  const auto details = boost::json::serialize(entry.details);
  std::string canonical;
  append_canonical(canonical, {.id = id,
                               .at = at,
                               .event = name_of(entry.event),
                               .outcome = outcome,
                               .actor = actor,
                               .subject = subject,
                               .session = session,
                               .ip = entry.client.ip,
                               .user_agent = entry.client.user_agent,
                               .request_id = entry.client.request_id,
                               .details = details});
  db::Params row(id, at, name_of(entry.event), outcome, actor, subject, session, entry.client.ip,
                 entry.client.user_agent, entry.client.request_id, details, keys_.mac_of(canonical));
  co_await transaction.write(kInsert, std::move(row));
  db::Params waiting(id);
  co_await transaction.write(kAwaitSealing, std::move(waiting));
  count(entry);
}

net::awaitable<void> AuditLog::record_alone(db::Database& database, Entry entry) const {
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    co_await record(tx, entry);
    co_return Result<void>();
  };
  co_await database.transaction(body);
}

}  // namespace secureauth::audit
