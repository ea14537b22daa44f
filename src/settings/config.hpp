#pragma once

#include "accounts/user.hpp"
#include "audit/push/push_settings.hpp"
#include "core/error.hpp"
#include "crypto/digest.hpp"
#include "crypto/rotating_key.hpp"
#include "mail/kind.hpp"
#include "mail/smtp_options.hpp"
#include "mfa/passkeys/passkey_settings.hpp"
#include "mfa/totp/totp_parameters.hpp"
#include "protection/forwarded_fields.hpp"
#include "protection/proof_of_work.hpp"
#include "protection/rate_limit_settings.hpp"
#include "settings/key_unwrap.hpp"
#include "tokens/token_settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::settings {

enum class Environment { development, production };
enum class LogFormat { automatic, text, json };
/// Whether a started service gives up what it does not need: `automatic` as far as the kernel lets it, `required` or
/// it does not start.
enum class SandboxMode { automatic, required, off };

/// An origin as RFC 6454 §6.2 writes it, taken apart. `text` is `scheme://host[:port]`, lower case, no default port.
struct Origin {
  std::string scheme;
  std::string host;
  std::uint16_t port = 0;
  std::string text;
};

/// Where something listens.
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

/// Everything the service can be told, read once at start; of what is read again only the keys are taken (KeyReload).
/// Defaults are in `settings.cpp`'s table.
struct Config {
  Environment environment = Environment::development;
  std::string listen_address;
  std::uint16_t port = 0;
  Origin public_url;
  std::vector<std::string> trusted_proxies;  ///< CIDR blocks, checked for form
  protection::ForwardedHeader forwarded_header = protection::ForwardedHeader::x_forwarded_for;
  bool proxy_protocol = false;                ///< PROXY_PROTOCOL=required
  std::vector<std::string> frontend_origins;  ///< each as Origin::text

  std::optional<Endpoint> metrics_listen;  ///< METRICS_LISTEN; nothing: no listener of its own
  bool metrics_allow_remote = false;

  std::filesystem::path sqlite_path;  ///< from DATABASE_URL; empty: it names PostgreSQL
  std::string postgres_url;           ///< from DATABASE_URL, with the password; empty: it names SQLite
  std::size_t database_pool_size = 0;
  std::chrono::seconds database_connect_timeout{};
  std::chrono::milliseconds database_statement_timeout{};
  std::chrono::milliseconds database_pool_wait{};
  bool allow_plaintext_backends = false;

  KeyUnwrapSettings key_unwrap;

  crypto::KeyGenerations secret_key;
  crypto::KeyGenerations csrf_secret;

  bool hosted_pages = true;
  bool api_docs = true;                        ///< /docs and /openapi.json
  std::filesystem::path branding_dir;          ///< empty: none
  std::vector<std::string> return_to_origins;  ///< besides our own and frontend_origins, each as Origin::text
  std::string frontend_url;                    ///< base of mailed links when hosted pages are off; else PUBLIC_URL

  bool cookie_secure = true;
  bool allow_long_sessions = false;
  std::string session_cookie_name;
  std::string csrf_cookie_name;

  std::string redis_url;  ///< with the password; empty: none
  std::chrono::milliseconds redis_timeout{};
  std::filesystem::path redis_ca_file;
  std::string redis_key_prefix;

  std::chrono::seconds session_idle_timeout{};
  std::chrono::seconds session_absolute_timeout{};
  std::chrono::milliseconds session_local_cache{};
  std::size_t max_sessions_per_user = 0;
  std::chrono::seconds step_up_max_age{};
  std::chrono::seconds email_verification_ttl{};

  mail::SmtpOptions smtp;  ///< without a host mail is not delivered; port 0: that of the kind of TLS
  std::chrono::seconds mail_retry{};
  std::filesystem::path mail_templates_dir;  ///< empty: none
  std::set<mail::Kind> mail_off;
  std::chrono::seconds password_reset_ttl{};

  std::size_t password_min_length = 0;  ///< code points after NFC
  int password_min_score = 0;           ///< 0 to 4
  std::filesystem::path password_blacklist_file;
  std::filesystem::path password_breach_file;
  std::vector<std::string> password_context_words;
  std::int64_t lockout_threshold = 0;
  std::chrono::seconds lockout_window{};
  std::int64_t lockout_max_consecutive = 0;
  protection::RateLimitSettings rate_limits;
  std::int64_t lockout_address_threshold = 0;  ///< 0: not counted
  protection::ProofOfWork::Demand proof_of_work = {};
  std::int64_t stuffing_min_failures = 0;
  std::int64_t stuffing_min_percent = 0;
  std::chrono::seconds stuffing_window{};
  unsigned argon2_time_cost = 0;
  unsigned argon2_memory_cost_kib = 0;
  unsigned argon2_parallelism = 0;
  crypto::KeyGenerations password_pepper;  ///< there need not be a current one

  crypto::KeyGenerations audit_key;
  audit::PushSettings push;
  std::filesystem::path audit_head_file;  ///< empty: none

  crypto::KeyGenerations totp_key;
  std::string totp_issuer;
  mfa::TotpParameters totp;  ///< of new authenticators
  int totp_skew_steps = 0;
  std::chrono::seconds mfa_challenge_ttl{};
  std::set<accounts::Role> mfa_required_roles;
  std::chrono::days mfa_trusted_browser{};  ///< 0: off

  mfa::PasskeySettings passkeys;            ///< without a source of trust, which the file below is
  std::filesystem::path webauthn_mds_file;  ///< empty: none
  std::filesystem::path webauthn_mds_root_file;

  tokens::TokenSettings tokens;
  crypto::KeyGenerations token_key;  ///< without a current one nobody gets a token

  unsigned hash_threads = 0;  ///< resolved: never 0
  std::chrono::milliseconds hash_queue_max_wait{};

  unsigned io_threads = 0;  ///< resolved: never 0
  std::size_t http_max_connections = 0;
  std::size_t http_max_connections_per_address = 0;  ///< 0: no limit
  std::chrono::seconds http_head_timeout{};
  std::chrono::seconds http_body_timeout{};
  std::chrono::seconds http_idle_timeout{};
  std::chrono::seconds http_write_timeout{};
  bool listen_reuse_port = false;
  std::chrono::seconds shutdown_delay{};
  std::chrono::milliseconds shutdown_idle_timeout{};
  std::chrono::seconds shutdown_grace{};

  std::string log_level;  ///< debug|info|warning|error
  LogFormat log_format = LogFormat::automatic;

  SandboxMode sandbox = SandboxMode::automatic;
  std::set<std::uint16_t> sandbox_ports;              ///< TCP ports to connect to, besides those of other settings
  std::vector<std::filesystem::path> settings_files;  ///< that settings were read from: NAME_FILE and .env
  /// Where keys come from files: of SECRET_KEY and so on the path, beside which its successor and predecessors lie.
  std::map<std::string, std::filesystem::path> key_files;
  std::set<std::string> wrapped_keys;  ///< settings that came wrapped: beside their files nothing is written
  /// Of each setting's text, to tell what is another one when settings are read again.
  std::map<std::string, crypto::Sha256> fingerprints;
};

/// Where a value came from, in order of strength.
enum class Source { environment, file, dotenv, generated, built_in };

/// One line of `config print`: what is in force, a secret shown only as `********`.
struct SettingInForce {
  std::string name;
  std::string value;
  Source source;
  std::string unwrapped_by = {};  ///< the setting that says who did; empty: the value was not wrapped
};

/// What the settings are read from. Injected, so that tests need no process environment.
struct SettingsInput {
  std::map<std::string, std::string> environment;
  std::filesystem::path dotenv_path = ".env";  ///< absent is fine
  /// Fill in missing development secrets by making and keeping them beside the data. Off: nothing is written and those
  /// that were not made yet stay empty, which is enough to check and to print.
  bool make_development_secrets = true;
  /// What was unwrapped before, which is not asked for again.
  std::shared_ptr<UnwrappedKeys> unwrapped = std::make_shared<UnwrappedKeys>();
};

struct SettingsOutcome {
  Config config;                         ///< meaningful only when `mistakes` is empty
  std::vector<SettingInForce> in_force;  ///< in the order of the table
  std::vector<std::string> mistakes;     ///< each one line, beginning with the setting's name
  bool may_pass = false;                 ///< what could be read is right, and the rest was Unobtainable now
  std::vector<std::string> warnings;     ///< such as a secret file that others can read
  /// Files of development secrets that were not there; made since, where they were to be.
  std::vector<std::filesystem::path> absent_secrets;
};

/// One row of the table that is the single source of `config print`, `.env.example` and docs/configuration.md.
struct SettingDoc {
  std::string_view name;
  std::string_view default_text;  ///< as written in `.env`; empty: no default
  std::string_view help;          ///< one sentence
  bool secret = false;
  bool optional = false;      ///< a secret that there need not be: development makes none
  bool foreign = false;       ///< a secret that another system chose, whatever it looks like
  std::string_view key = {};  ///< NAME_NEXT and NAMES_OLD: the key beside which they stand (key_files.hpp)
};

/// Reads every setting: process environment, then `NAME_FILE`, then `.env`. Never throws on bad input: all mistakes
/// are gathered, so that one start tells them all.
[[nodiscard]] SettingsOutcome load_settings(const SettingsInput& input);

/// Every setting in documentation order.
[[nodiscard]] const std::vector<SettingDoc>& setting_docs();

struct SettingGroup {
  std::string_view title;
  std::vector<SettingDoc> settings;
};

/// The same under the headings of docs/configuration.md.
[[nodiscard]] std::vector<SettingGroup> setting_groups();

/// The process's own environment and `.env` in the working directory. What it unwraps is kept while the process lives.
[[nodiscard]] SettingsInput process_settings();

}  // namespace secureauth::settings
