#include "settings/settings_table.hpp"

#include "settings/audit_settings.hpp"
#include "settings/key_unwrap_rows.hpp"
#include "settings/mfa_settings.hpp"
#include "settings/push_settings.hpp"
#include "settings/rate_limit_rows.hpp"
#include "settings/sandbox_rows.hpp"
#include "settings/setting_kinds.hpp"
#include "settings/token_rows.hpp"
#include "settings/webauthn_settings.hpp"

#include <array>

namespace secureauth::settings {
namespace {

void each(const std::string& text, std::vector<std::string>& into, std::string (*read)(std::string_view)) {
  for (const auto& item : read_list(text)) into.push_back(read(item));
}

std::string origin_text(std::string_view text) {
  return read_origin(text).text;
}

template <class T>
Apply smtp(T mail::SmtpOptions::* member, T (*read)(std::string_view)) {
  return [=](Config& c, const std::string& text) { c.smtp.*member = read(text); };
}

void apply_mail_off(Config& c, const std::string& text) {
  c.mail_off.clear();
  for (const auto& name : read_list(text)) {
    const auto kind = mail::kind_from(name);
    if (!kind) throw BadValue("names '" + name + "', which is no kind of mail");
    if (!mail::may_be_turned_off(*kind)) throw BadValue("cannot name " + name + ": that mail is needed for safety");
    c.mail_off.insert(*kind);
  }
}

void apply_database_url(Config& c, const std::string& text) {
  const bool is_postgres = text.starts_with("postgres");
  c.postgres_url = is_postgres ? read_postgres_url(text) : "";
  c.sqlite_path = is_postgres ? std::filesystem::path() : read_sqlite_url(text);
}

std::vector<SettingRow> site_rows() {
  return {
      {{"ENVIRONMENT", "development", "development or production: production refuses weak settings"},
       choice(&Config::environment,
              {{"development", Environment::development}, {"production", Environment::production}})},
      {{"LISTEN_ADDRESS", "127.0.0.1", "IP address to listen on; 0.0.0.0 or :: for all"},
       [](Config& c, const std::string& text) { c.listen_address = read_address(text); }},
      {{"PORT", "8000", "TCP port to listen on"}, number(&Config::port, 1, 65535)},
      {{"PUBLIC_URL", "", "Origin that browsers see, such as https://auth.example.org; default http://localhost:PORT"},
       [](Config& c, const std::string& text) { c.public_url = read_origin(text); }},
      {{"TRUSTED_PROXIES", "",
        "Proxies that are believed whom they forward for: addresses or CIDR blocks, comma-separated"},
       [](Config& c, const std::string& text) { each(text, c.trusted_proxies, &read_cidr); }},
      {{"FORWARDED_HEADER", "x-forwarded-for",
        "The header they say it in, and the only one read: x-forwarded-for or forwarded"},
       choice(&Config::forwarded_header, {{"x-forwarded-for", protection::ForwardedHeader::x_forwarded_for},
                                          {"forwarded", protection::ForwardedHeader::forwarded}})},
      {{"PROXY_PROTOCOL", "off",
        "off, or required: only TRUSTED_PROXIES may connect, each with a PROXY header (v1, v2)"},
       choice(&Config::proxy_protocol, {{"off", false}, {"required", true}})},
      {{"FRONTEND_ORIGIN", "", "Other origins that may call the API from a browser, comma-separated"},
       [](Config& c, const std::string& text) { each(text, c.frontend_origins, &origin_text); }},
      {{"FRONTEND_URL", "", "Origin of mailed links when HOSTED_PAGES is false"},
       [](Config& c, const std::string& text) { c.frontend_url = read_origin(text).text; }},
      {{"HOSTED_PAGES", "true", "Serve the service's own pages"}, toggle(&Config::hosted_pages)},
      {{"API_DOCS", "", "Serve /docs and /openapi.json; default true in development, false in production"},
       toggle(&Config::api_docs)},
      {{"BRANDING_DIR", "", "Folder with brand.css and logo.svg or logo.png for them; see docs/hosted-pages.md"},
       [](Config& c, const std::string& text) { c.branding_dir = text; }},
      {{"RETURN_TO_ORIGINS", "",
        "Origins besides PUBLIC_URL and FRONTEND_ORIGIN that a sign-in may lead back to, comma-separated"},
       [](Config& c, const std::string& text) { each(text, c.return_to_origins, &origin_text); }},
  };
}

std::vector<SettingRow> store_rows() {
  return {
      {{"DATABASE_URL", "sqlite:./data/secureauth.db",
        "Record store: sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME, several hosts comma-separated"},
       &apply_database_url,
       &without_password},
      {{"DATABASE_POOL_SIZE", "20", "PostgreSQL connections of an instance, at least 2 a network thread"},
       number(&Config::database_pool_size, 2, 1000)},
      {{"DATABASE_CONNECT_TIMEOUT_SECONDS", "3", "Time for each PostgreSQL host to take a connection"},
       seconds(&Config::database_connect_timeout, 1, 60)},
      {{"DATABASE_STATEMENT_TIMEOUT_MS", "5000", "PostgreSQL ends a statement that takes longer"},
       milliseconds(&Config::database_statement_timeout, 100, 60000)},
      {{"DATABASE_POOL_WAIT_MS", "2000", "A request that waits longer for a PostgreSQL connection is answered 503"},
       milliseconds(&Config::database_pool_wait, 1, 60000)},
      {{"ALLOW_PLAINTEXT_BACKENDS", "false", "Let production reach other machines without checking who they are"},
       toggle(&Config::allow_plaintext_backends)},
      {{"REDIS_URL", "",
        "Redis that all instances share: redis[s]://USER:PASSWORD@HOST:PORT/DB or redis[s]+sentinel://HOSTS/MASTER/DB"},
       [](Config& c, const std::string& text) { c.redis_url = read_redis_url(text); },
       &without_password},
      {{"REDIS_TIMEOUT_MS", "250", "Redis counts as gone when it takes longer; connecting may take four times as long"},
       milliseconds(&Config::redis_timeout, 10, 10000)},
      {{"REDIS_CA_FILE", "", "Certificates that rediss:// trusts, a PEM file; default those of the system"},
       [](Config& c, const std::string& text) { c.redis_ca_file = text; }},
      {{"REDIS_KEY_PREFIX", "secureauth:", "Stands before every key and channel in Redis"},
       [](Config& c, const std::string& text) { c.redis_key_prefix = text; }},
  };
}

std::vector<SettingRow> secret_rows() {
  return {
      {{"SECRET_KEY", "", "Master key, 32 bytes as 64 hexadecimal digits or base64; made once in development", true},
       current_key(&Config::secret_key)},
      {{"SECRET_KEY_NEXT", "", "The one after it: accepted, makes nothing yet; see docs/keys.md", true, true, false,
        "SECRET_KEY"},
       next_key(&Config::secret_key)},
      {{"SECRET_KEYS_OLD", "", "Former ones, comma-separated: what they made is accepted", true, true, false,
        "SECRET_KEY"},
       old_keys(&Config::secret_key)},
      {{"CSRF_SECRET", "", "Key of the CSRF tokens, in the same form; made once in development", true},
       current_key(&Config::csrf_secret)},
      {{"CSRF_SECRET_NEXT", "", "The one after it: accepted, makes nothing yet", true, true, false, "CSRF_SECRET"},
       next_key(&Config::csrf_secret)},
      {{"CSRF_SECRETS_OLD", "", "Former ones, comma-separated: their tokens are accepted", true, true, false,
        "CSRF_SECRET"},
       old_keys(&Config::csrf_secret)},
  };
}

std::vector<SettingRow> session_rows() {
  return {
      {{"COOKIE_SECURE", "true", "Secure and __Host- cookies; false only in development over plain http"},
       toggle(&Config::cookie_secure)},
      {{"SESSION_COOKIE_NAME", "__Host-sid", "Name of the session cookie"},
       [](Config& c, const std::string& text) { c.session_cookie_name = read_cookie_name(text); }},
      {{"CSRF_COOKIE_NAME", "csrf_token", "Name of the CSRF cookie"},
       [](Config& c, const std::string& text) { c.csrf_cookie_name = read_cookie_name(text); }},
      {{"SESSION_IDLE_TIMEOUT_SECONDS", "900", "A session unused this long ends; at most 3600 in production"},
       seconds(&Config::session_idle_timeout, 1, 31 * kDay)},
      {{"SESSION_ABSOLUTE_TIMEOUT_SECONDS", "43200", "A session this old ends; at most 86400 in production"},
       seconds(&Config::session_absolute_timeout, 1, 366 * kDay)},
      {{"ALLOW_LONG_SESSIONS", "false", "Lift production's limits on the two timeouts"},
       toggle(&Config::allow_long_sessions)},
      {{"SESSION_LOCAL_CACHE_MS", "1000", "How long a process serves a session it has read; 0 asks each time"},
       milliseconds(&Config::session_local_cache, 0, 1000)},
      {{"MAX_SESSIONS_PER_USER", "50", "With more, the longest unused one ends"},
       number(&Config::max_sessions_per_user, 1, 10000)},
      {{"STEP_UP_MAX_AGE_SECONDS", "300", "How fresh a sign-in must be for sensitive actions"},
       seconds(&Config::step_up_max_age, 1, 3600)},
  };
}

std::vector<SettingRow> password_rows() {
  return {
      {{"PASSWORD_MIN_LENGTH", "10", "Least characters of a new password, from 8; NIST asks 15 of a sole factor"},
       number(&Config::password_min_length, 8, 256)},
      {{"PASSWORD_MIN_SCORE", "3", "Least strength of a new password by zxcvbn, 0 to 4: 2 is 10^6 guesses, 3 is 10^8"},
       number(&Config::password_min_score, 0, 4)},
      {{"PASSWORD_BLACKLIST_FILE", "", "More passwords to refuse, one a line, UTF-8"},
       [](Config& c, const std::string& text) { c.password_blacklist_file = text; }},
      {{"PASSWORD_BREACH_FILE", "", "Breached passwords: SHA-1 dump ordered by hash, or a filter built from one"},
       [](Config& c, const std::string& text) { c.password_breach_file = text; }},
      {{"PASSWORD_CONTEXT_WORDS", "", "Words of the site that no password may mostly be, comma-separated"},
       [](Config& c, const std::string& text) { c.password_context_words = read_list(text); }},
  };
}

std::vector<SettingRow> guess_rows() {
  return {
      {{"LOCKOUT_THRESHOLD", "10", "Wrong passwords or codes for an account before more are refused"},
       number(&Config::lockout_threshold, 1, 100)},
      {{"LOCKOUT_WINDOW_SECONDS", "900", "How long they count, and the first wait; each further wait is twice as long"},
       seconds(&Config::lockout_window, 60, kDay)},
      {{"LOCKOUT_MAX_CONSECUTIVE", "100",
        "Wrong passwords or codes in a row, however slowly, that disable one; ten of them for known browsers"},
       number(&Config::lockout_max_consecutive, 20, 100)},
      {{"LOCKOUT_ADDRESS_THRESHOLD", "10",
        "Wrong passwords from one client address over all accounts in the window; 0 for no limit"},
       number(&Config::lockout_address_threshold, 0, 100000)},
      {{"PROOF_OF_WORK", "auto",
        "Whether sign-ins must solve a puzzle: off, auto (while passwords are tried out), always"},
       choice(&Config::proof_of_work, {{"off", protection::ProofOfWork::Demand::off},
                                       {"auto", protection::ProofOfWork::Demand::automatic},
                                       {"always", protection::ProofOfWork::Demand::always}})},
      {{"STUFFING_MIN_FAILURES", "20",
        "Accounts failing from one network in the window that look like an attack; overall five times as many"},
       number(&Config::stuffing_min_failures, 1, 1000000)},
      {{"STUFFING_MIN_PERCENT", "50", "Failed ones among the accounts tried there, in per cent, that it takes besides"},
       number(&Config::stuffing_min_percent, 1, 100)},
      {{"STUFFING_WINDOW_SECONDS", "600", "How long they count"}, seconds(&Config::stuffing_window, 10, kDay)},
  };
}

std::vector<SettingRow> hash_rows() {
  return {
      {{"ARGON2_TIME_COST", "2", "Argon2id passes"}, number(&Config::argon2_time_cost, 1, 64)},
      {{"ARGON2_MEMORY_COST", "19456", "Argon2id memory in KiB, from 8192"},
       number(&Config::argon2_memory_cost_kib, 8192, std::uint64_t{1024} * 1024)},
      {{"ARGON2_PARALLELISM", "1", "Argon2id lanes"}, number(&Config::argon2_parallelism, 1, 16)},
      {{"PASSWORD_PEPPER", "", "Key mixed into new password hashes, in the form of SECRET_KEY; empty for none", true,
        true},
       current_key(&Config::password_pepper)},
      {{"PASSWORD_PEPPER_NEXT", "", "The one after it: verifies, goes into no new hash yet", true, true, false,
        "PASSWORD_PEPPER"},
       next_key(&Config::password_pepper)},
      {{"PASSWORD_PEPPERS_OLD", "", "Former peppers, comma-separated: their hashes are renewed at sign-in", true, true,
        false, "PASSWORD_PEPPER"},
       old_keys(&Config::password_pepper)},
  };
}

std::vector<SettingRow> mail_rows() {
  return {
      {{"EMAIL_VERIFICATION_TTL_SECONDS", "86400", "Life of a mailed verification link; at most a day"},
       seconds(&Config::email_verification_ttl, 1, kDay)},
      {{"PASSWORD_RESET_TTL_SECONDS", "1800", "Life of a mailed link that sets a new password; at most a day"},
       seconds(&Config::password_reset_ttl, 1, kDay)},
  };
}

std::vector<SettingRow> smtp_rows() {
  return {
      {{"SMTP_HOST", "", "Mail server that takes the service's mail; without one it is only shown, in development"},
       smtp(&mail::SmtpOptions::host, &read_host)},
      {{"SMTP_PORT", "", "Its port; default 587, with SMTP_TLS=tls 465, with none 25"},
       [](Config& c, const std::string& text) {
         c.smtp.port = static_cast<std::uint16_t>(read_number(text, 1, 65535));
       }},
      {{"SMTP_TLS", "starttls", "starttls, tls (from the first byte) or none; never weaker than asked for"},
       [](Config& c, const std::string& text) { c.smtp.tls = read_smtp_tls(text); }},
      {{"SMTP_CA_FILE", "",
        "Certificates that the mail server's is checked with, a PEM file; default those of the system"},
       [](Config& c, const std::string& text) { c.smtp.ca_file = text; }},
      {{"SMTP_USERNAME", "", "Whom to sign in as (AUTH PLAIN or LOGIN)"},
       smtp(&mail::SmtpOptions::username, &read_line)},
      {{"SMTP_PASSWORD", "", "That account's password", true, true, true},
       [](Config& c, const std::string& text) { c.smtp.password = crypto::SecretBytes(read_line(text)); }},
      {{"SMTP_FROM_EMAIL", "", "Address that mails come from; its domain also ends their Message-ID"},
       [](Config& c, const std::string& text) { c.smtp.sender.email = read_email(text); }},
      {{"SMTP_FROM_NAME", "", "Name beside it"},
       [](Config& c, const std::string& text) { c.smtp.sender.name = read_line(text); }},
      {{"SMTP_TIMEOUT_SECONDS", "30", "Time for the delivery of one mail"},
       [](Config& c, const std::string& text) { c.smtp.timeout = std::chrono::seconds(read_number(text, 1, 600)); }},
      {{"MAIL_RETRY_SECONDS", "10", "Pause after a failed delivery; doubles with each further one, up to an hour"},
       seconds(&Config::mail_retry, 1, 3600)},
      {{"MAIL_TEMPLATES_DIR", "", "Folder whose files replace the mails' own texts one by one; see docs/mail.md"},
       [](Config& c, const std::string& text) { c.mail_templates_dir = text; }},
      {{"MAIL_OFF", "", "Mails that are not sent, comma-separated: account_locked, new_sign_in"}, &apply_mail_off},
  };
}

std::vector<SettingRow> work_rows() {
  return {
      {{"HASH_THREADS", "0", "Password hashing threads; 0 is one a core"}, threads(&Config::hash_threads)},
      {{"HASH_QUEUE_MAX_WAIT_MS", "2000", "A sign-in that would wait longer is answered 503 at once"},
       milliseconds(&Config::hash_queue_max_wait, 1, 60000)},
      {{"IO_THREADS", "0", "Network threads; 0 is one a core"}, threads(&Config::io_threads)},
      {{"HTTP_MAX_CONNECTIONS", "10240",
        "Client connections at once, as far as open files allow; then the longest idle give way, or 503"},
       number(&Config::http_max_connections, 1, 1000000)},
      {{"HTTP_MAX_CONNECTIONS_PER_ADDRESS", "256",
        "Of them for one address (IPv6: /64), trusted proxies excepted; more get 503; 0 for no limit"},
       number(&Config::http_max_connections_per_address, 0, 1000000)},
      {{"HTTP_HEAD_TIMEOUT_SECONDS", "10", "Time for a request's head to arrive, else 408"},
       seconds(&Config::http_head_timeout, 1, 600)},
      {{"HTTP_BODY_TIMEOUT_SECONDS", "10", "Time for a request's body to arrive, else 408"},
       seconds(&Config::http_body_timeout, 1, 600)},
      {{"HTTP_IDLE_TIMEOUT_SECONDS", "60", "A connection unused this long is closed"},
       seconds(&Config::http_idle_timeout, 1, 3600)},
      {{"HTTP_WRITE_TIMEOUT_SECONDS", "10", "Time for a client to take an answer, else it is cut off"},
       seconds(&Config::http_write_timeout, 1, 600)},
      {{"LISTEN_REUSE_PORT", "false", "Let a second process of the same user listen too and take over (SO_REUSEPORT)"},
       toggle(&Config::listen_reuse_port)},
      {{"SHUTDOWN_DELAY_SECONDS", "0",
        "After SIGTERM it serves on this long while /health/ready answers 503, for load balancers to look elsewhere"},
       seconds(&Config::shutdown_delay, 0, 600)},
      {{"SHUTDOWN_IDLE_TIMEOUT_MS", "1000",
        "Then idle connections are closed once they were silent this long; a request is answered with close"},
       milliseconds(&Config::shutdown_idle_timeout, 0, 60000)},
      {{"SHUTDOWN_GRACE_SECONDS", "10", "Time for requests in flight to finish after SIGTERM"},
       seconds(&Config::shutdown_grace, 0, 600)},
      {{"METRICS_LISTEN", "",
        "IP address and port where /metrics is served, apart from the site; empty: on PORT in development, else "
        "nowhere"},
       [](Config& c, const std::string& text) { c.metrics_listen = read_endpoint(text); }},
      {{"METRICS_ALLOW_REMOTE", "false",
        "Let METRICS_LISTEN be beyond loopback: whoever reaches it reads the metrics, without signing in"},
       toggle(&Config::metrics_allow_remote)},
      {{"LOG_LEVEL", "info", "debug, info, warning or error"},
       choice<std::string>(&Config::log_level,
                           {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}})},
      {{"LOG_FORMAT", "auto", "text, json, or auto: text in a terminal, JSON lines otherwise"},
       choice(&Config::log_format,
              {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}})},
  };
}

struct Part {
  std::string_view title;
  std::vector<SettingRow> (*rows)();
};

constexpr std::array<Part, 18> kParts{{{"The site", &site_rows},
                                       {"Wrapped keys", &key_unwrap_rows},
                                       {"Record store and Redis", &store_rows},
                                       {"Keys", &secret_rows},
                                       {"Sessions and cookies", &session_rows},
                                       {"New passwords", &password_rows},
                                       {"Guessed passwords and codes", &guess_rows},
                                       {"Password hashes", &hash_rows},
                                       {"Rate limits", &rate_limit_rows},
                                       {"Second factors", &mfa_rows},
                                       {"Passkeys", &webauthn_rows},
                                       {"Audit log", &audit_rows},
                                       {"Where audit events go", &push_rows},
                                       {"Signed tokens", &token_rows},
                                       {"Mailed links", &mail_rows},
                                       {"Mail delivery", &smtp_rows},
                                       {"Threads, connections, metrics and the log", &work_rows},
                                       {"What a started service gives up", &sandbox_rows}}};

}  // namespace

const std::vector<SettingRow>& settings_table() {
  static const std::vector<SettingRow> table = [] {
    std::vector<SettingRow> rows;
    for (const auto& part : kParts) {
      for (auto& row : part.rows()) rows.push_back(std::move(row));
    }
    return rows;
  }();
  return table;
}

std::vector<SettingGroup> setting_groups() {
  std::vector<SettingGroup> groups;
  for (const auto& part : kParts) {
    auto& group = groups.emplace_back(SettingGroup{part.title, {}});
    for (const auto& row : part.rows()) group.settings.push_back(row.doc);
  }
  return groups;
}

}  // namespace secureauth::settings
