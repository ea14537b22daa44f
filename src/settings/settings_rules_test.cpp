#include "settings/settings_testing.hpp"

namespace secureauth::settings {
namespace {

/// Settings with which production starts, as each test changes them.
class Production : public SettingsTest {
 protected:
  SettingsOutcome load_with(const Variables& changes) {
    Variables settings = {{"ENVIRONMENT", "production"},
                          {"PUBLIC_URL", "https://auth.example.org"},
                          {"SECRET_KEY", kKeyA},
                          {"CSRF_SECRET", kKeyB},
                          {"TOTP_ENCRYPTION_KEY", kKeyE},
                          {"AUDIT_KEY", kKeyF},
                          {"SMTP_HOST", "mail.example.org"},
                          {"SMTP_FROM_EMAIL", "noreply@example.org"}};
    for (const auto& [name, value] : changes) settings[name] = value;
    return load(settings);
  }
};

TEST_F(Production, StartsWithGoodSettings) {
  EXPECT_EQ(load_with({}).mistakes, Lines{});
}

constexpr const char* kRequired = " is required in production; make one with `openssl rand -hex 32`";
constexpr const char* kExample = " is an example that everybody knows; make one with `openssl rand -hex 32`";
constexpr const char* kArgon2 =
    "ARGON2_MEMORY_COST and ARGON2_TIME_COST must be at least (19456, 2), (47104, 1) or (12288, 3) in production";

constexpr const char* kUnchecked =
    "DATABASE_URL must have sslmode=verify-full for a host beyond this machine, or set ALLOW_PLAINTEXT_BACKENDS=true";
constexpr const char* kPlainSmtp =
    "SMTP_TLS must be starttls or tls for a host beyond this machine, or set ALLOW_PLAINTEXT_BACKENDS=true";
constexpr const char* kPlainRedis =
    "REDIS_URL must use TLS for a host beyond this machine and for sentinels, or set ALLOW_PLAINTEXT_BACKENDS=true";

struct Unsafe {
  std::map<std::string, std::string> changes;
  std::string line;
};

const Unsafe kUnsafe[] = {
    {{{"METRICS_LISTEN", "0.0.0.0:9464"}},
     "METRICS_LISTEN is beyond loopback: set METRICS_ALLOW_REMOTE=true if only those who may can reach it"},
    {{{"METRICS_LISTEN", "9464"}},
     "METRICS_LISTEN must be an IP address and a port such as 127.0.0.1:9464 or [::1]:9464"},
    {{{"SECRET_KEY", ""}}, std::string("SECRET_KEY") + kRequired},
    {{{"CSRF_SECRET", ""}}, std::string("CSRF_SECRET") + kRequired},
    {{{"TOTP_ENCRYPTION_KEY", ""}}, std::string("TOTP_ENCRYPTION_KEY") + kRequired},
    {{{"AUDIT_KEY", ""}}, std::string("AUDIT_KEY") + kRequired},
    {{{"SECRET_KEY", "change-me-change-me-change-me-32"}}, std::string("SECRET_KEY") + kExample},
    {{{"CSRF_SECRET", "REPLACE-ME-with-32-random-bytes!"}}, std::string("CSRF_SECRET") + kExample},
    {{{"CSRF_SECRET", "0123456789abcdef0123456789abcdef"}}, std::string("CSRF_SECRET") + kExample},
    {{{"SECRET_KEY", "abcabcabcabcabcabcabcabcabcabcab"}},
     "SECRET_KEY must be random: it has fewer than 8 different bytes"},
    {{{"CSRF_SECRET", kKeyA}}, "CSRF_SECRET must differ from SECRET_KEY"},
    {{{"PASSWORD_PEPPER", kKeyA}}, "PASSWORD_PEPPER must differ from SECRET_KEY"},
    {{{"PASSWORD_PEPPER", "change-me-change-me-change-me-32"}}, std::string("PASSWORD_PEPPER") + kExample},
    {{{"PASSWORD_PEPPER", "short"}},
     "PASSWORD_PEPPER must be a key of 32 bytes: 32 characters, 64 hexadecimal digits, or base64"},
    {{{"PASSWORD_PEPPERS_OLD", kKeyB}}, "PASSWORD_PEPPERS_OLD must differ from CSRF_SECRET"},
    {{{"PASSWORD_PEPPER", kKeyC}, {"PASSWORD_PEPPERS_OLD", kKeyC}},
     "PASSWORD_PEPPERS_OLD must differ from PASSWORD_PEPPER"},
    {{{"PASSWORD_PEPPERS_OLD", std::string(kKeyC) + "," + kKeyC}}, "PASSWORD_PEPPERS_OLD must not name a key twice"},
    {{{"TOTP_ENCRYPTION_KEY", kKeyB}}, "TOTP_ENCRYPTION_KEY must differ from CSRF_SECRET"},
    {{{"AUDIT_KEY", kKeyA}}, "AUDIT_KEY must differ from SECRET_KEY"},
    {{{"AUDIT_KEYS_OLD", kKeyF}}, "AUDIT_KEYS_OLD must differ from AUDIT_KEY"},
    {{{"TOKEN_AUDIENCES", "reports"}},
     "TOKEN_SIGNING_KEY is required with TOKEN_AUDIENCES in production; make one with `openssl rand -hex 32`"},
    {{{"TOKEN_SIGNING_KEY", kKeyF}}, "TOKEN_SIGNING_KEY must differ from AUDIT_KEY"},
    {{{"TOKEN_SIGNING_KEY", kKeyD}, {"TOKEN_SIGNING_KEY_NEXT", kKeyD}},
     "TOKEN_SIGNING_KEY_NEXT must differ from TOKEN_SIGNING_KEY"},
    {{{"TOKEN_SIGNING_KEY", kKeyD}, {"TOKEN_SIGNING_KEYS_OLD", kKeyD}},
     "TOKEN_SIGNING_KEYS_OLD must differ from TOKEN_SIGNING_KEY"},
    {{{"TOTP_ENCRYPTION_KEYS_OLD", kKeyE}}, "TOTP_ENCRYPTION_KEYS_OLD must differ from TOTP_ENCRYPTION_KEY"},
    {{{"TOTP_ENCRYPTION_KEYS_OLD", std::string(kKeyC) + "," + kKeyC}},
     "TOTP_ENCRYPTION_KEYS_OLD must not name a key twice"},
    {{{"LOCKOUT_THRESHOLD", "91"}},
     "LOCKOUT_MAX_CONSECUTIVE must be LOCKOUT_THRESHOLD and ten more, which are for known browsers"},
    {{{"ARGON2_TIME_COST", "9"}, {"ARGON2_MEMORY_COST", "1048576"}},
     "ARGON2_TIME_COST times ARGON2_MEMORY_COST must be at most 8388608: a hash beyond 8 GiB would not be verified"},
    {{{"PUBLIC_URL", "http://auth.example.org"}}, "PUBLIC_URL must be https in production"},
    {{{"COOKIE_SECURE", "false"}}, "COOKIE_SECURE must be true in production"},
    {{{"LISTEN_ADDRESS", "0.0.0.0"}},
     "TRUSTED_PROXIES must name the proxies that speak TLS when LISTEN_ADDRESS is beyond loopback"},
    {{{"LISTEN_ADDRESS", "::"}},
     "TRUSTED_PROXIES must name the proxies that speak TLS when LISTEN_ADDRESS is beyond loopback"},
    {{{"PROXY_PROTOCOL", "required"}}, "PROXY_PROTOCOL needs TRUSTED_PROXIES: nobody else may connect then"},
    {{{"SESSION_IDLE_TIMEOUT_SECONDS", "3601"}},
     "SESSION_IDLE_TIMEOUT_SECONDS must be at most 3600 in production, or set ALLOW_LONG_SESSIONS=true"},
    {{{"SESSION_ABSOLUTE_TIMEOUT_SECONDS", "86401"}},
     "SESSION_ABSOLUTE_TIMEOUT_SECONDS must be at most 86400 in production, or set ALLOW_LONG_SESSIONS=true"},
    {{{"ARGON2_TIME_COST", "1"}}, kArgon2},
    {{{"ARGON2_MEMORY_COST", "19455"}}, kArgon2},
    {{{"ARGON2_MEMORY_COST", "47103"}, {"ARGON2_TIME_COST", "1"}}, kArgon2},
    {{{"ARGON2_MEMORY_COST", "12287"}, {"ARGON2_TIME_COST", "3"}}, kArgon2},
    {{{"DATABASE_URL", "postgresql://db.example.org/auth"}}, kUnchecked},
    {{{"DATABASE_URL", "postgresql://db.example.org/auth?sslmode=require"}}, kUnchecked},
    {{{"DATABASE_URL", "postgresql://localhost,10.0.0.7/auth"}}, kUnchecked},
    {{{"DATABASE_URL", "postgresql://localhost/auth?hostaddr=10.0.0.7"}}, kUnchecked},
    {{{"REDIS_URL", "redis://localhost,10.0.0.7"}}, kPlainRedis},
    {{{"REDIS_URL", "redis+sentinel://localhost/record"}}, kPlainRedis},  // which may name a master anywhere
    {{{"SMTP_HOST", ""}}, "SMTP_HOST is required in production: accounts come to be by mail"},
    {{{"SMTP_FROM_EMAIL", ""}}, "SMTP_FROM_EMAIL is required with SMTP_HOST"},
    {{{"SMTP_TLS", "none"}}, kPlainSmtp},
    {{{"SMTP_HOST", "10.0.0.7"}, {"SMTP_TLS", "none"}}, kPlainSmtp},
    {{{"SMTP_USERNAME", "mailer"}}, "SMTP_PASSWORD is required with SMTP_USERNAME"},
    {{{"SMTP_PASSWORD", "a pass"}}, "SMTP_USERNAME is required with SMTP_PASSWORD"},
    {{{"SMTP_HOST", "mail.example.org:587"}}, "SMTP_HOST must be a host name or an IP address, without a port"},
    {{{"SMTP_HOST", "mail.example.org/x"}}, "SMTP_HOST must be a host name or an IP address, without a port"},
    {{{"SMTP_FROM_EMAIL", "Bank <a@b.example>"}}, "SMTP_FROM_EMAIL must be an e-mail address"},
    {{{"SMTP_FROM_NAME", "a\nBcc: b@c.example"}}, "SMTP_FROM_NAME must be one line of visible characters"},
    {{{"SMTP_TLS", "maybe"}}, "SMTP_TLS must be one of starttls, tls, none"},
    {{{"MAIL_OFF", "new_sign_in,factor_removed"}},
     "MAIL_OFF cannot name factor_removed: that mail is needed for safety"},
    {{{"LOG_LEVEL", "debug"}}, "LOG_LEVEL must not be debug in production"},
};

class UnsafeProduction : public Production, public testing::WithParamInterface<Unsafe> {};

TEST_P(UnsafeProduction, IsRefusedInOneLine) {  // ASVS 12.2.1, 12.3.1, 13.4.2, 11.4.2; attack 45
  EXPECT_EQ(load_with(GetParam().changes).mistakes, Lines{GetParam().line});
}
INSTANTIATE_TEST_SUITE_P(OneStartAFault, UnsafeProduction, testing::ValuesIn(kUnsafe));

const std::map<std::string, std::string> kSafe[] = {
    {{"ARGON2_MEMORY_COST", "47104"}, {"ARGON2_TIME_COST", "1"}},
    {{"ARGON2_MEMORY_COST", "12288"}, {"ARGON2_TIME_COST", "3"}},
    {{"LISTEN_ADDRESS", "0.0.0.0"}, {"TRUSTED_PROXIES", "10.0.0.0/8"}},
    {{"PROXY_PROTOCOL", "required"}, {"TRUSTED_PROXIES", "10.0.0.0/8"}},
    {{"ARGON2_MEMORY_COST", "1048576"}, {"ARGON2_TIME_COST", "8"}},
    {{"PASSWORD_PEPPER", kKeyC}, {"PASSWORD_PEPPERS_OLD", kKeyD}},
    {{"TOTP_ENCRYPTION_KEYS_OLD", std::string(kKeyC) + "," + kKeyD}},
    {{"LOCKOUT_THRESHOLD", "90"}},
    {{"LISTEN_ADDRESS", "::1"}},
    {{"SMTP_TLS", "none"}, {"SMTP_HOST", "::1"}},
    {{"SMTP_TLS", "none"}, {"ALLOW_PLAINTEXT_BACKENDS", "true"}},
    {{"SMTP_TLS", "tls"}, {"SMTP_USERNAME", "mailer"}, {"SMTP_PASSWORD", "example secret"}},
    {{"MAIL_OFF", "new_sign_in, account_locked"}},
    {{"SESSION_IDLE_TIMEOUT_SECONDS", "3600"}, {"SESSION_ABSOLUTE_TIMEOUT_SECONDS", "86400"}},
    {{"SESSION_IDLE_TIMEOUT_SECONDS", "7200"},
     {"SESSION_ABSOLUTE_TIMEOUT_SECONDS", "604800"},
     {"ALLOW_LONG_SESSIONS", "true"}},
    {{"DATABASE_URL", "postgresql://db.example.org/auth?sslmode=verify-full"}},
    {{"DATABASE_URL", "postgresql://db.example.org/auth"}, {"ALLOW_PLAINTEXT_BACKENDS", "true"}},
    {{"REDIS_URL", "redis://localhost,127.0.0.1:6380"}},
    {{"REDIS_URL", "rediss+sentinel://s1.example.org/record"}},
    {{"REDIS_URL", "redis+sentinel://localhost/record"}, {"ALLOW_PLAINTEXT_BACKENDS", "true"}},
    {{"DATABASE_URL", "postgresql+asyncpg://127.0.0.1/auth"}},
    {{"DATABASE_URL", "postgresql:///auth?host=/run/postgresql"}},
};

class SafeProduction : public Production, public testing::WithParamInterface<std::map<std::string, std::string>> {};

TEST_P(SafeProduction, IsAccepted) {
  EXPECT_EQ(load_with(GetParam()).mistakes, Lines{});
}
INSTANTIATE_TEST_SUITE_P(AtTheLimit, SafeProduction, testing::ValuesIn(kSafe));

TEST_F(Production, AsksStaffForASecondFactor) {  // ASVS 6.3.3
  using accounts::Role;
  EXPECT_EQ(load_with({}).config.mfa_required_roles, (std::set{Role::staff, Role::admin}));
  EXPECT_TRUE(load_with({{"MFA_REQUIRED_ROLES", "none"}}).config.mfa_required_roles.empty());
  EXPECT_EQ(load_with({{"MFA_REQUIRED_ROLES", "user, admin"}}).config.mfa_required_roles,
            (std::set{Role::user, Role::admin}));
  EXPECT_TRUE(load().config.mfa_required_roles.empty()) << "development asks nobody";
}

TEST_F(Production, NeverStartsWithAnEmptyKey) {
  const auto empty = write("empty", "");
  const auto outcome = load_with({{"SECRET_KEY", ""}, {"SECRET_KEY_FILE", empty}});
  EXPECT_EQ(outcome.mistakes, Lines{"SECRET_KEY is empty in SECRET_KEY_FILE=" + empty});
}

TEST_F(Production, MakesNoSecretOnDisk) {
  EXPECT_EQ(load_with({{"SECRET_KEY", ""}, {"CSRF_SECRET", ""}}).mistakes.size(), 2U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "data"));
}

}  // namespace
}  // namespace secureauth::settings
