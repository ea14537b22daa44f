#include "audit/export/event_class.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace secureauth::audit {
namespace {

using enum OcsfClass;
using enum Severity;

// Activities of Account Change.
constexpr std::uint8_t kCreated = 1;
constexpr std::uint8_t kPasswordChange = 3;
constexpr std::uint8_t kPasswordReset = 4;
constexpr std::uint8_t kDeleted = 6;
constexpr std::uint8_t kLock = 9;
constexpr std::uint8_t kFactorEnabled = 10;
constexpr std::uint8_t kFactorDisabled = 11;
// Of Authentication.
constexpr std::uint8_t kLogon = 1;
constexpr std::uint8_t kLogoff = 2;
// Of Entity Management and API Activity.
constexpr std::uint8_t kRead = 2;
constexpr std::uint8_t kUpdate = 3;
constexpr std::uint8_t kDelete = 4;
// Of any class.
constexpr std::uint8_t kOther = 99;

constexpr auto kClasses = std::to_array<EventClass>({
    {Event::user_registered, "account asked for", "iam", "creation", account_change, kOther, informational},
    {Event::registration_for_taken, "account asked for with a taken address", "iam", "user", account_change, kOther,
     low},
    {Event::verification_requested, "verification link asked for", "iam", "user", account_change, kOther,
     informational},
    {Event::email_verified, "address verified and account made", "iam", "creation", account_change, kCreated,
     informational},
    {Event::user_created, "account made by an operator", "iam", "creation", account_change, kCreated, low},
    {Event::users_imported, "accounts imported", "iam", "creation", entity_management, kUpdate, medium},
    {Event::users_exported, "accounts exported", "iam", "info", entity_management, kRead, high},
    {Event::user_role_changed, "role changed", "iam", "change", account_change, kOther, medium},
    {Event::user_status_changed, "account enabled or disabled", "iam", "change", account_change, kOther, medium},
    {Event::login_succeeded, "signed in", "authentication", "start", authentication, kLogon, informational},
    {Event::login_challenged, "second factor asked for", "authentication", "info", authentication, kOther,
     informational},
    {Event::login_failed, "sign-in refused", "authentication", "start", authentication, kLogon, medium},
    {Event::step_up_succeeded, "stepped up", "authentication", "info", authentication, kOther, informational},
    {Event::step_up_failed, "step-up refused", "authentication", "info", authentication, kOther, medium},
    {Event::credential_stuffing_noticed, "passwords are tried out", "intrusion_detection", "info", api_activity, kOther,
     high},
    {Event::credential_stuffing_over, "passwords are tried out no more", "intrusion_detection", "info", api_activity,
     kOther, low},
    {Event::account_locked, "account locked", "iam", "change", account_change, kLock, high},
    {Event::account_unlocked, "account unlocked", "iam", "change", account_change, kOther, low},
    {Event::factor_enrolment_started, "set-up of a factor begun", "iam", "user", account_change, kOther, informational},
    {Event::factor_enrolment_failed, "set-up of a factor refused", "iam", "user", account_change, kOther, medium},
    {Event::factor_added, "factor added", "iam", "change", account_change, kFactorEnabled, low},
    {Event::factor_removed, "factor removed", "iam", "change", account_change, kFactorDisabled, medium},
    {Event::passkey_renamed, "passkey renamed", "iam", "change", account_change, kOther, informational},
    {Event::passkey_count_went_back, "sign count of a passkey went back", "authentication", "info", authentication,
     kOther, high},
    {Event::passkey_backup_changed, "backup eligibility of a passkey changed", "authentication", "info", authentication,
     kOther, high},
    {Event::factor_secret_unreadable, "secret of a factor cannot be opened", "authentication", "info", authentication,
     kOther, high},
    {Event::recovery_codes_made, "recovery codes made", "iam", "change", account_change, kFactorEnabled, low},
    {Event::recovery_code_used, "recovery code used", "authentication", "info", authentication, kOther, medium},
    {Event::factors_reset, "all factors taken away", "iam", "change", account_change, kFactorDisabled, high},
    {Event::password_change_demanded, "change of password demanded", "iam", "change", account_change, kOther, low},
    {Event::password_changed, "password changed", "iam", "change", account_change, kPasswordChange, low},
    {Event::password_change_failed, "change of password refused", "iam", "change", account_change, kPasswordChange,
     medium},
    {Event::password_reset_requested, "password reset asked for", "iam", "user", account_change, kOther, low},
    {Event::password_reset, "password reset", "iam", "change", account_change, kPasswordReset, low},
    {Event::email_change_requested, "change of address asked for", "iam", "user", account_change, kOther, low},
    {Event::email_changed, "address changed", "iam", "change", account_change, kOther, medium},
    {Event::email_change_undone, "change of address undone", "iam", "change", account_change, kOther, high},
    {Event::profile_changed, "name changed", "iam", "change", account_change, kOther, informational},
    {Event::user_deleted, "account deleted", "iam", "deletion", account_change, kDeleted, medium},
    {Event::user_data_exported, "own data taken away", "iam", "info", api_activity, kRead, low},
    {Event::session_ended, "session ended", "session", "end", authentication, kLogoff, informational},
    {Event::token_issued, "token issued", "authentication", "info", authentication, kOther, informational},
    {Event::sessions_revoked, "sessions revoked by an operator", "session", "end", authentication, kLogoff, medium},
    {Event::reset_mail_sent, "reset mail sent by an operator", "iam", "admin", account_change, kOther, low},
    {Event::user_change_refused, "change by an operator refused", "iam", "admin", account_change, kOther, medium},
    {Event::users_listed, "accounts looked at", "iam", "info", api_activity, kRead, informational},
    {Event::user_viewed, "account looked at", "iam", "info", api_activity, kRead, informational},
    {Event::audit_read, "audit log read", "iam", "info", api_activity, kRead, informational},
    {Event::audit_exported, "audit log exported", "configuration", "access", entity_management, kRead, medium},
    {Event::audit_pruned, "audit log pruned", "configuration", "deletion", entity_management, kDelete, high},
    {Event::audit_begun_anew, "audit log begun anew", "configuration", "deletion", entity_management, kDelete, high},
    {Event::audit_set_aside, "unsealed audit entries set aside", "configuration", "deletion", entity_management,
     kDelete, high},
    {Event::tampering_noticed, "audit log tampered with", "intrusion_detection", "info", entity_management, kOther,
     high},
    {Event::request_refused, "request refused", "api", "denied", api_activity, kOther, medium},
    {Event::service_started, "service started", "process", "start", entity_management, kOther, informational},
    {Event::service_stopped, "service stopped", "process", "end", entity_management, kOther, low},
    {Event::store_failed, "store could not be used", "database", "error", entity_management, kOther, high},
    {Event::mail_given_up, "mail given up", "email", "info", entity_management, kOther, medium},
    {Event::peer_untrusted, "peer not trusted", "network", "denied", entity_management, kOther, high},
    {Event::keys_rotated, "keys rotated", "configuration", "change", entity_management, kUpdate, medium},
    {Event::keys_reloaded, "keys reloaded", "configuration", "change", entity_management, kUpdate, medium},
    {Event::keys_retired, "key retired", "configuration", "deletion", entity_management, kUpdate, medium},
    {Event::schema_migrated, "schema migrated", "configuration", "change", entity_management, kUpdate, medium},
    {Event::backup_restored, "backup restored", "database", "change", entity_management, kUpdate, high},
    {Event::delivery_moved, "delivery of events moved by an operator", "configuration", "change", entity_management,
     kUpdate, high},
});

// Of no particular event.
constexpr EventClass kUnknown{Event::request_refused, "security event", "iam", "info",
                              entity_management,      kOther,           medium};

bool is_meant(std::string_view pattern, std::string_view event) {
  if (!pattern.ends_with('*')) return pattern == event;
  pattern.remove_suffix(1);
  return event.starts_with(pattern);
}

}  // namespace

const EventClass& class_of(Event event) {
  const auto* found = std::ranges::find(kClasses, event, &EventClass::event);
  if (found == kClasses.end()) throw std::logic_error("an audit event has no class");
  return *found;
}

const EventClass& class_of(std::string_view event) {
  const auto* found = std::ranges::find(kClasses, event, [](const EventClass& row) { return name_of(row.event); });
  return found == kClasses.end() ? kUnknown : *found;
}

bool is_chosen(const std::vector<std::string>& patterns, std::string_view event) {
  return std::ranges::any_of(patterns, [event](const std::string& pattern) { return is_meant(pattern, event); });
}

bool names_any_event(std::string_view pattern) {
  const auto star = pattern.find('*');
  const bool form =
      star == std::string_view::npos || (star + 1 == pattern.size() && (star == 0 || pattern[star - 1] == '.'));
  return form &&
         std::ranges::any_of(kClasses, [=](const EventClass& row) { return is_meant(pattern, name_of(row.event)); });
}

Severity severity_of(const EventClass& event, bool success) {
  return success ? event.severity : std::max(event.severity, medium);
}

}  // namespace secureauth::audit
