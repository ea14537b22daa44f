#include "settings/settings_rules.hpp"

#include "core/ascii.hpp"
#include "core/loopback.hpp"
#include "crypto/digest.hpp"
#include "db/postgres/conninfo.hpp"
#include "ephemeral/redis/url.hpp"
#include "passwords/argon2.hpp"
#include "settings/key_purposes.hpp"
#include "settings/key_unwrap_rows.hpp"
#include "settings/push_settings.hpp"
#include "settings/setting_values.hpp"

#include <algorithm>
#include <array>

namespace secureauth::settings {
namespace {

using std::chrono::seconds;

class Rules {
 public:
  Rules(const Config& config, const std::set<std::string>& bad, std::vector<std::string>& mistakes)
      : config_(config), bad_(bad), mistakes_(mistakes) {}

  void everywhere() const {
    const bool comparable = !bad_.contains("SESSION_ABSOLUTE_TIMEOUT_SECONDS");
    refuse_if(comparable && config_.session_idle_timeout > config_.session_absolute_timeout,
              "SESSION_IDLE_TIMEOUT_SECONDS", "must not be longer than SESSION_ABSOLUTE_TIMEOUT_SECONDS");
    for (const auto& [name, cookie] : {std::pair("SESSION_COOKIE_NAME", config_.session_cookie_name),
                                       std::pair("CSRF_COOKIE_NAME", config_.csrf_cookie_name)}) {
      refuse_if(!config_.cookie_secure && cookie.starts_with("__"), name,
                "may begin with __ only with COOKIE_SECURE=true");
    }
    refuse_if(config_.session_cookie_name == config_.csrf_cookie_name, "CSRF_COOKIE_NAME",
              "must differ from SESSION_COOKIE_NAME");
    refuse_shared_keys();
    const passwords::Argon2Cost cost{.memory_kib = config_.argon2_memory_cost_kib,
                                     .time = config_.argon2_time_cost,
                                     .parallelism = config_.argon2_parallelism};
    refuse_if(!passwords::is_bearable(cost), "ARGON2_TIME_COST",
              "times ARGON2_MEMORY_COST must be at most 8388608: a hash beyond 8 GiB would not be verified");
    refuse_if(!bad_.contains("LOCKOUT_THRESHOLD") && config_.lockout_max_consecutive < config_.lockout_threshold + 10,
              "LOCKOUT_MAX_CONSECUTIVE", "must be LOCKOUT_THRESHOLD and ten more, which are for known browsers");
    refuse_if(config_.proxy_protocol && config_.trusted_proxies.empty() && !bad_.contains("TRUSTED_PROXIES"),
              "PROXY_PROTOCOL", "needs TRUSTED_PROXIES: nobody else may connect then");
    const auto& metrics = config_.metrics_listen;
    refuse_if(metrics && !is_loopback(metrics->address) && !config_.metrics_allow_remote, "METRICS_LISTEN",
              "is beyond loopback: set METRICS_ALLOW_REMOTE=true if only those who may can reach it");
    mail_delivery();
    for (const auto& [name, why] : push_mistakes(config_)) refuse_if(true, name, why);
    for (const auto& [name, why] : key_unwrap_mistakes(config_.key_unwrap)) refuse_if(true, name, why);
    passkeys();
  }

  void in_production() const {
    // Judged by the key itself, not by whether a value was named: an empty key must never sign anything.
    for (const auto& [name, key] :
         {std::pair("SECRET_KEY", &config_.secret_key), std::pair("CSRF_SECRET", &config_.csrf_secret),
          std::pair("TOTP_ENCRYPTION_KEY", &config_.totp_key), std::pair("AUDIT_KEY", &config_.audit_key)}) {
      refuse_if(key->current.empty(), name, "is required in production; make one with `openssl rand -hex 32`");
    }
    refuse_if(config_.token_key.current.empty() && !config_.tokens.audiences.empty(), "TOKEN_SIGNING_KEY",
              "is required with TOKEN_AUDIENCES in production; make one with `openssl rand -hex 32`");
    refuse_if(config_.public_url.scheme != "https", "PUBLIC_URL", "must be https in production");
    const auto is_safe = [](const std::string& origin) { return origin.starts_with("https://"); };
    const bool all_safe = std::ranges::all_of(config_.passkeys.relying_party.origins, is_safe);
    refuse_if(config_.public_url.scheme == "https" && !all_safe, "WEBAUTHN_ORIGINS", "must be https in production");
    refuse_if(!config_.cookie_secure, "COOKIE_SECURE", "must be true in production");
    refuse_if(!listens_on_loopback() && config_.trusted_proxies.empty(), "TRUSTED_PROXIES",
              "must name the proxies that speak TLS when LISTEN_ADDRESS is beyond loopback");
    refuse_if(!config_.allow_long_sessions && config_.session_idle_timeout > seconds(3600),
              "SESSION_IDLE_TIMEOUT_SECONDS", "must be at most 3600 in production, or set ALLOW_LONG_SESSIONS=true");
    refuse_if(!config_.allow_long_sessions && config_.session_absolute_timeout > seconds(86400),
              "SESSION_ABSOLUTE_TIMEOUT_SECONDS",
              "must be at most 86400 in production, or set ALLOW_LONG_SESSIONS=true");
    refuse_if(is_cheap(), "ARGON2_MEMORY_COST",
              "and ARGON2_TIME_COST must be at least (19456, 2), (47104, 1) or (12288, 3) in production");
    refuse_if(!config_.allow_plaintext_backends && trusts_any_database(), "DATABASE_URL",
              "must have sslmode=verify-full for a host beyond this machine, or set ALLOW_PLAINTEXT_BACKENDS=true");
    refuse_if(!config_.allow_plaintext_backends && trusts_any_redis(), "REDIS_URL",
              "must use TLS for a host beyond this machine and for sentinels, or set ALLOW_PLAINTEXT_BACKENDS=true");
    refuse_if(config_.smtp.host.empty(), "SMTP_HOST", "is required in production: accounts come to be by mail");
    refuse_if(!config_.allow_plaintext_backends && trusts_any_mail_server(), "SMTP_TLS",
              "must be starttls or tls for a host beyond this machine, or set ALLOW_PLAINTEXT_BACKENDS=true");
    refuse_if(config_.log_level == "debug", "LOG_LEVEL", "must not be debug in production");
  }

 private:
  /// A browser takes an RP ID that is its page's host or a parent of it (WebAuthn Level 3 §5.1.3), and asks the RP ID's
  /// own host about pages elsewhere: without one page at home nobody answers it.
  void passkeys() const {
    const auto& [id, origins, cross_origin, top_origins] = config_.passkeys.relying_party;
    const auto at_home = [&id](const std::string& origin) {
      const auto host = read_origin(origin).host;
      return host == id || (host.ends_with(id) && host.at(host.size() - id.size() - 1) == '.');
    };
    const bool readable = !bad_.contains("WEBAUTHN_ORIGINS") && !bad_.contains("PUBLIC_URL");
    refuse_if(readable && std::ranges::none_of(origins, at_home), "WEBAUTHN_RP_ID",
              "must be the host of one of WEBAUTHN_ORIGINS, or a parent of it");
    refuse_if(!cross_origin && !top_origins.empty(), "WEBAUTHN_TOP_ORIGINS", "needs WEBAUTHN_CROSS_ORIGIN=true");
    using enum webauthn::AttestationConveyance;
    const auto asked = config_.passkeys.attestation.conveyance;
    refuse_if((asked == direct || asked == enterprise) && config_.webauthn_mds_file.empty(), "WEBAUTHN_MDS_FILE",
              "is required with WEBAUTHN_ATTESTATION=direct or enterprise: nothing else vouches for authenticators");
  }

  void mail_delivery() const {
    const auto& smtp = config_.smtp;
    refuse_if(!smtp.host.empty() && smtp.sender.email.empty(), "SMTP_FROM_EMAIL", "is required with SMTP_HOST");
    refuse_if(smtp.host.empty() && !bad_.contains("SMTP_HOST") && !smtp.username.empty(), "SMTP_HOST",
              "is required with SMTP_USERNAME");
    const bool readable = !bad_.contains("SMTP_USERNAME") && !bad_.contains("SMTP_PASSWORD");
    refuse_if(readable && !smtp.username.empty() && smtp.password.empty(), "SMTP_PASSWORD",
              "is required with SMTP_USERNAME");
    refuse_if(readable && smtp.username.empty() && !smtp.password.empty(), "SMTP_USERNAME",
              "is required with SMTP_PASSWORD");
    refuse_if(smtp.tls == mail::SmtpTls::none && !smtp.ca_file.empty(), "SMTP_CA_FILE",
              "checks nothing with SMTP_TLS=none");
  }

  /// One mistake a setting is enough: a value that could not be read breaks no further rule.
  void refuse_if(bool broken, const std::string& name, const std::string& why) const {
    if (broken && !bad_.contains(name)) mistakes_.push_back(name + ' ' + why);
  }

  /// A key has one purpose: what one use of it gives away must not open the other.
  void refuse_shared_keys() const {
    std::vector<std::pair<std::string, const crypto::SecretBytes*>> keys;
    for (const auto& purpose : key_purposes()) {
      const auto& generations = config_.*purpose.keys;
      keys.emplace_back(purpose.setting, &generations.current);
      keys.emplace_back(purpose.next_setting, &generations.next);
      for (const auto& old : generations.old) keys.emplace_back(purpose.old_setting, &old);
    }
    for (auto later = keys.begin(); later != keys.end(); ++later) {
      const auto same = std::find_if(keys.begin(), later, [&](const auto& earlier) {
        return !later->second->empty() && crypto::equal(earlier.second->bytes(), later->second->bytes());
      });
      if (same == later) continue;
      refuse_if(true, later->first,
                same->first == later->first ? "must not name a key twice" : "must differ from " + same->first);
    }
  }

  [[nodiscard]] bool listens_on_loopback() const { return is_loopback(config_.listen_address); }

  /// Sends the record to whoever answers: without TLS, or without checking the certificate and its name.
  [[nodiscard]] bool trusts_any_database() const {
    if (config_.postgres_url.empty()) return false;
    const db::postgres::ConnectionString where(config_.postgres_url);
    return where.leaves_machine() && where.value("sslmode") != "verify-full";
  }

  [[nodiscard]] bool trusts_any_redis() const {
    if (config_.redis_url.empty()) return false;
    const auto url = ephemeral::redis::parse_url(config_.redis_url);
    // A sentinel says where the master is: anywhere. A cluster too, but there the client itself keeps to this machine.
    if (url.topology == ephemeral::redis::Url::Topology::sentinel) return !url.tls;
    return !url.tls && std::ranges::any_of(url.endpoints, [](const auto& one) { return !is_loopback(one.host); });
  }

  /// Hands links that let their reader in to whoever answers.
  [[nodiscard]] bool trusts_any_mail_server() const {
    return config_.smtp.tls == mail::SmtpTls::none && !config_.smtp.host.empty() && !is_loopback(config_.smtp.host);
  }

  /// Below OWASP's Password Storage Cheat Sheet.
  [[nodiscard]] bool is_cheap() const {
    constexpr std::array<std::pair<unsigned, unsigned>, 3> kFloor{{{47104, 1}, {19456, 2}, {12288, 3}}};
    return std::ranges::none_of(kFloor, [this](const auto& floor) {
      return config_.argon2_memory_cost_kib >= floor.first && config_.argon2_time_cost >= floor.second;
    });
  }

  const Config& config_;
  const std::set<std::string>& bad_;
  std::vector<std::string>& mistakes_;
};

}  // namespace

bool is_example_secret(std::string_view text) {
  const auto lower = ascii::lower(text);
  constexpr std::array<std::string_view, 7> kTells = {"change", "example", "your-",           "your_",
                                                      "secret", "replace", "0123456789abcdef"};
  return std::ranges::any_of(kTells, [&lower](auto tell) { return lower.find(tell) != std::string::npos; });
}

void check_rules(const Config& config, const std::set<std::string>& bad, std::vector<std::string>& mistakes) {
  const Rules rules(config, bad, mistakes);
  rules.everywhere();
  if (config.environment == Environment::production) rules.in_production();
}

}  // namespace secureauth::settings
