#include "telemetry/metrics.hpp"

namespace secureauth::telemetry {
namespace {

const std::vector<std::string_view> kMethods{"password", "totp", "recovery_code", "webauthn", "other"};

}  // namespace

Metrics::Metrics()
    : log_lines({"level", {"debug", "info", "warning", "error"}}),
      refusals({"code",
                {"invalid_request",
                 "invalid_json",
                 "unsupported_media_type",
                 "payload_too_large",
                 "request_timeout",
                 "headers_too_large",
                 "validation_failed",
                 "unauthenticated",
                 "invalid_credentials",
                 "email_not_verified",
                 "account_disabled",
                 "password_change_required",
                 "csrf_failed",
                 "origin_not_allowed",
                 "mfa_failed",
                 "code_already_used",
                 "challenge_expired",
                 "invalid_token",
                 "step_up_required",
                 "mfa_enrolment_required",
                 "forbidden",
                 "not_found",
                 "method_not_allowed",
                 "conflict",
                 "proof_of_work_required",
                 "rate_limited",
                 "account_locked",
                 "overloaded",
                 "unavailable",
                 "internal",
                 "other"}}),
      turned_away({"reason",
                   {"accept_failed", "connection_failed", "no_proxy", "proxy_header", "client_has_too_many", "full"}}),
      store_failures({"reason", {"aborted", "outcome_unknown", "constraint", "other"}}),
      store_connects({"outcome", {"success", "failure"}}),
      sign_ins({"outcome", {"success", "failure", "challenged"}}, {"method", kMethods}),
      step_ups({"outcome", {"success", "failure"}}, {"method", kMethods}),
      lockouts({"method", kMethods}),
      sessions_opened({"by", {"sign_in", "renewal"}}),
      sessions_ended({"reason",
                      {"logout",
                       "revoked",
                       "replaced",
                       "renewed",
                       "too_many",
                       "expired",
                       "user.role_changed",
                       "user.status_changed",
                       "password.change_demanded",
                       "password.changed",
                       "password.reset",
                       "mfa.factor_added",
                       "mfa.factor_removed",
                       "mfa.recovery_codes_made",
                       "mfa.reset",
                       "email.changed",
                       "email.change_undone",
                       "user.deleted",
                       "sessions.revoked",
                       "other"}}),
      rate_limited(
          {"limit", {"default", "register", "login", "verify", "reset", "recovery-codes", "password-check", "other"}}),
      stuffing_alarms({"scope", {"network", "everywhere"}}),
      proofs_of_work({"outcome", {"demanded", "solved", "refused"}}),
      mails({"outcome", {"queued", "delivered", "deferred", "given_up"}}),
      audit_entries({"outcome", {"success", "failure"}}),
      audit_deliveries({"outcome", {"success", "failure"}}) {}

void Metrics::expose(Exposition& to) const {
  to.counter("log_lines_total", "Lines written to the log.", log_lines);
  to.counter("http_refusals_total", "Requests refused, by the code that the answer names.", refusals);
  to.counter("http_connections_total", "Client connections accepted.", connections);
  to.counter("http_connections_refused_total", "Client connections that could not be served.", turned_away);

  to.histogram("store_statement_seconds", "Statements of the record store outside of transactions.", statements);
  to.histogram("store_transaction_seconds", "Transactions of the record store, from BEGIN to their end.", transactions);
  to.counter("store_failures_total", "Statements and transactions that the record store failed.", store_failures);
  to.gauge("store_connections", "Open connections to PostgreSQL.", static_cast<double>(store_connections.value()));
  to.gauge("store_connections_in_use", "Of them, those at work or being made.",
           static_cast<double>(store_in_use.value()));
  to.gauge("store_waiting", "Requests that wait for a connection to PostgreSQL, or for SQLite's threads.",
           static_cast<double>(store_waiting.value()));
  to.counter("store_connects_total", "Attempts to connect to PostgreSQL.", store_connects);

  to.counter("redis_commands_total", "Commands sent to Redis.", redis_commands);
  to.counter("redis_failures_total", "Commands to Redis that were not answered.", redis_failures);
  to.gauge("redis_commands_in_flight", "Commands that wait for Redis to answer.",
           static_cast<double>(redis_in_flight.value()));
  to.counter("redis_connects_total", "Connections to Redis that were opened.", redis_connects);
  to.counter("redis_connections_lost_total", "Connections to Redis that were lost, or could not be opened.",
             redis_losses);

  to.counter("sign_ins_total", "Sign-ins by outcome and method; challenged: a second factor is due.", sign_ins);
  to.counter("step_ups_total", "Step-ups by outcome and method.", step_ups);
  to.counter("lockouts_total", "Lockouts that began, by the method that was guessed at.", lockouts);
  to.counter("sessions_opened_total", "Sessions that began; renewal: one took the place of another at a step-up.",
             sessions_opened);
  to.counter("sessions_ended_total", "Sessions ended, by reason; expired: deleted long after they had lapsed.",
             sessions_ended);
  to.counter("rate_limited_total", "Requests refused by a rate limit, by the limit of their route.", rate_limited);
  to.counter("stuffing_alarms_total", "Alarms of credential stuffing that were raised here.", stuffing_alarms);
  to.gauge("stuffing_alarms_active", "Alarms of credential stuffing that are raised now.",
           static_cast<double>(stuffing_raised.value()));
  to.counter("proofs_of_work_total", "Proofs of work that were asked for, and how they went.", proofs_of_work);

  to.counter("mails_total", "Mails by what became of them; deferred: tried in vain, to be tried again.", mails);
  to.counter("audit_entries_total", "Entries of the audit log written by this instance.", audit_entries);
  to.counter("audit_deliveries_total", "Batches of audit entries sent to receivers by this instance.",
             audit_deliveries);
}

Metrics& metrics() {
  static Metrics all;
  return all;
}

}  // namespace secureauth::telemetry
