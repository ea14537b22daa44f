#include "crypto/encoding.hpp"
#include "settings/settings_testing.hpp"

#include <algorithm>

namespace secureauth::settings {
namespace {

struct Bad {
  const char* name;
  const char* value;
  const char* line;
};

constexpr const char* kOrigin = " must be an origin such as https://auth.example.org, without path, query or user";
constexpr const char* kKey = " must be a key of 32 bytes: 32 characters, 64 hexadecimal digits, or base64";
constexpr const char* kCookie = " must be a cookie name: letters, digits and -_ without spaces";

// One of each kind of bad value; a line that begins with a blank continues the setting's name.
const Bad kBad[] = {
    {"ENVIRONMENT", "prod", " must be one of development, production"},
    {"LOG_FORMAT", "xml", " must be one of auto, text, json"},
    {"PORT", "0", " must be a whole number from 1 to 65535"},
    {"PORT", "65536", " must be a whole number from 1 to 65535"},
    {"PORT", "+80", " must be a whole number from 1 to 65535"},
    {"PORT", "0x50", " must be a whole number from 1 to 65535"},
    {"PORT", "80 ", " must be a whole number from 1 to 65535"},
    {"SESSION_IDLE_TIMEOUT_SECONDS", "15m", " must be a whole number from 1 to 2678400"},
    {"SESSION_ABSOLUTE_TIMEOUT_SECONDS", "99999999999999999999", " must be a whole number from 1 to 31622400"},
    {"EMAIL_VERIFICATION_TTL_SECONDS", "86401", " must be a whole number from 1 to 86400"},
    {"PASSWORD_MIN_LENGTH", "7", " must be a whole number from 8 to 256"},
    {"ARGON2_TIME_COST", "0", " must be a whole number from 1 to 64"},
    {"ARGON2_MEMORY_COST", "8191", " must be a whole number from 8192 to 1048576"},
    {"RATE_LIMIT_REQUESTS", "many", " must be a number of requests from 1 to 100000, or off"},
    {"RATE_LIMIT_REQUESTS", "100001", " must be a number of requests from 1 to 100000, or off"},
    {"RATE_LIMIT_REQUESTS", "0", " must be a number of requests from 1 to 100000, or off"},
    {"RATE_LIMIT_LOGIN", "0/60", " must be REQUESTS/SECONDS such as 10/60, or off"},
    {"RATE_LIMIT_WINDOW_SECONDS", "0", " must be a whole number from 1 to 86400"},
    {"RATE_LIMIT_LOGIN", "10", " must be REQUESTS/SECONDS such as 10/60, or off"},
    {"RATE_LIMIT_REGISTER", "5/0", " must be REQUESTS/SECONDS such as 10/60, or off"},
    {"RATE_LIMIT_VERIFY", "5/60/60", " must be REQUESTS/SECONDS such as 10/60, or off"},
    {"RATE_LIMIT_RESET", "-5/60", " must be REQUESTS/SECONDS such as 10/60, or off"},
    {"RATE_LIMIT_EXEMPT", "/health", " must list paths under /auth/, or be none"},
    {"LOCKOUT_MAX_CONSECUTIVE", "101", " must be a whole number from 20 to 100"},  // 63B §3.2.2
    {"TOTP_ENCRYPTION_KEY", "short", kKey},
    {"TOTP_ENCRYPTION_KEYS_OLD", "short", kKey},
    {"AUDIT_KEY", "short", kKey},
    {"AUDIT_KEYS_OLD", "short", kKey},
    {"TOKEN_SIGNING_KEY", "short", kKey},
    {"TOKEN_SIGNING_KEY_NEXT", "short", kKey},
    {"TOKEN_SIGNING_KEYS_OLD", "short", kKey},
    {"TOKEN_TTL_SECONDS", "901", " must be a whole number from 30 to 900"},
    {"TOKEN_ALGORITHM", "HS256", " must be one of EdDSA, ES256"},
    {"TOKEN_AUDIENCES", "a,b&aal=1", " names 'b&aal=1', which is no name of up to 128 letters, digits and -._~:/"},
    {"TOKEN_AUDIENCES", "a,b,a", " names 'a' twice"},
    {"TOTP_ALGORITHM", "MD5", " must be one of SHA1, SHA256, SHA512"},
    {"TOTP_DIGITS", "7", " must be 6 or 8"},
    {"TOTP_PERIOD_SECONDS", "61", " must be a whole number from 15 to 60"},
    {"TOTP_SKEW_STEPS", "3", " must be a whole number from 0 to 2"},
    {"TOTP_ISSUER", "Bank: a", " must have no colon and 64 bytes at most"},
    {"TOTP_ISSUER", "a\nb", " must be one line of visible characters"},
    {"MFA_CHALLENGE_TTL_SECONDS", "301", " must be a whole number from 1 to 300"},
    {"MFA_TRUSTED_BROWSER_DAYS", "91", " must be a whole number from 0 to 90"},
    {"MFA_REQUIRED_ROLES", "staff,root",
     " names 'root', which is none of user, staff, admin (or none alone for nobody)"},
    {"MFA_REQUIRED_ROLES", "none,staff",
     " names 'none', which is none of user, staff, admin (or none alone for nobody)"},
    {"HOSTED_PAGES", "on", " must be true or false"},
    {"LISTEN_ADDRESS", "localhost", " must be an IP address such as 127.0.0.1, 0.0.0.0 or ::"},
    {"PUBLIC_URL", "auth.example.org", kOrigin},
    {"PUBLIC_URL", "ftp://auth.example.org", kOrigin},
    {"PUBLIC_URL", "https://auth.example.org/path", kOrigin},
    {"PUBLIC_URL", "https://user@auth.example.org", kOrigin},
    {"PUBLIC_URL", "https://auth.example.org?q", kOrigin},
    {"PUBLIC_URL", "https://auth.example.org#f", kOrigin},
    {"PUBLIC_URL", "https://auth.example.org:0", kOrigin},
    {"PUBLIC_URL", "https://", kOrigin},
    {"FRONTEND_ORIGIN", "https://a.example.org, *", kOrigin},
    {"TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.0/33", " must list addresses or CIDR blocks, but '10.0.0.0/33' is neither"},
    {"FORWARDED_HEADER", "x-real-ip", " must be one of x-forwarded-for, forwarded"},
    {"PROXY_PROTOCOL", "on", " must be one of off, required"},
    {"DATABASE_URL", "mysql://db/x", " must be sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME"},
    {"DATABASE_URL", "sqlite:", " must be sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME"},
    {"DATABASE_URL", "sqlite::memory:", " must name a file: a record store in memory would keep nothing"},
    {"DATABASE_URL", "postgresql:db", " must be sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME"},
    {"DATABASE_URL", "postgresqlx://db/x", " must be sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME"},
    {"DATABASE_URL", "postgresql://u:se%zzcret@db/x",
     " must be sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME"},
    {"DATABASE_URL", "postgresql://db/x?pool=3", " has an invalid URI query parameter: \"pool\""},
    {"DATABASE_URL", "postgresql://a,b,c/x?port=1,2", " must name as many ports as hosts"},
    {"DATABASE_URL", "postgresql://a,b/x?target_session_attrs=standby",
     " must have target_session_attrs=read-write: the record store takes writes"},
    {"DATABASE_POOL_SIZE", "1", " must be a whole number from 2 to 1000"},
    {"SESSION_COOKIE_NAME", "a b", kCookie},
    {"CSRF_COOKIE_NAME", "a;b", kCookie},
    {"CSRF_COOKIE_NAME", "__Host-sid", " must differ from SESSION_COOKIE_NAME"},
    {"SECRET_KEY", "short", kKey},
    {"SECRET_KEY", "0000000000000000000000000000000000000000000000000000000000000000",
     " must be random: it has fewer than 8 different bytes"},
    {"SECRET_KEY", "change-me-change-me-change-me-32",
     " is an example that everybody knows; make one with `openssl rand -hex 32`"},
};

class BadSetting : public SettingsTest, public testing::WithParamInterface<Bad> {};

TEST_P(BadSetting, IsToldInOneLineThatBeginsWithItsName) {
  const auto [name, value, line] = GetParam();
  EXPECT_EQ(load({{name, value}}).mistakes, Lines{std::string(name) + line});
}
INSTANTIATE_TEST_SUITE_P(EachKind, BadSetting, testing::ValuesIn(kBad));

TEST_F(SettingsTest, DefaultsAreInOrder) {
  const auto outcome = load();
  EXPECT_EQ(outcome.mistakes, Lines{});
  EXPECT_EQ(outcome.warnings, Lines{});
  EXPECT_EQ(outcome.config.public_url.text, "http://localhost:8000");
  EXPECT_EQ(outcome.config.session_cookie_name, "__Host-sid");
  EXPECT_EQ(outcome.config.argon2_memory_cost_kib, 19456U);
  EXPECT_GT(outcome.config.io_threads, 0U);  // 0 is resolved
  EXPECT_GT(outcome.config.hash_threads, 0U);
}

TEST_F(SettingsTest, EveryDefaultOfTheTableIsReadableByItsOwnRow) {
  Variables all;
  for (const auto& doc : setting_docs()) {
    if (!doc.default_text.empty() && doc.name != "DATABASE_URL") all.emplace(doc.name, doc.default_text);
  }
  EXPECT_EQ(load(all).mistakes, Lines{});
}

TEST_F(SettingsTest, TheGroupsAreTheTable) {
  Lines grouped;
  for (const auto& group : setting_groups()) {
    EXPECT_FALSE(group.settings.empty()) << group.title;
    for (const auto& doc : group.settings) grouped.emplace_back(doc.name);
  }
  Lines listed;
  for (const auto& doc : setting_docs()) listed.emplace_back(doc.name);
  EXPECT_EQ(grouped, listed);
}

TEST_F(SettingsTest, AllMistakesAreToldAtOnce) {
  const auto outcome = load({{"PORT", "x"}, {"COOKIE_SECURE", "x"}, {"LOG_LEVEL", "x"}});
  EXPECT_EQ(outcome.mistakes.size(), 3U);
}

TEST_F(SettingsTest, ARefusedStartWritesNothing) {
  for (const auto& [name, value] : Variables{{"ENVIRONMENT", "prod"}, {"PORT", "x"}}) {
    EXPECT_EQ(load({{name, value}}).mistakes.size(), 1U);
    EXPECT_TRUE(std::filesystem::is_empty(folder_)) << name;
  }
}

TEST_F(SettingsTest, PublicUrlFollowsThePort) {
  EXPECT_EQ(load({{"PORT", "9000"}}).config.public_url.text, "http://localhost:9000");
}

TEST_F(SettingsTest, OriginsAreKeptInTheirNormalForm) {  // RFC 6454 §6.2
  EXPECT_EQ(load({{"PUBLIC_URL", "HTTPS://Auth.Example.org:443/"}}).config.public_url.text, "https://auth.example.org");
  EXPECT_EQ(load({{"FRONTEND_ORIGIN", "http://A.test:80 , https://[::1]:8443"}}).config.frontend_origins,
            (Lines{"http://a.test", "https://[::1]:8443"}));
}

TEST_F(SettingsTest, TheIssuerIsTheHostThatPeopleSee) {
  EXPECT_EQ(load({{"PUBLIC_URL", "https://auth.example.org"}}).config.totp_issuer, "auth.example.org");
  EXPECT_EQ(load({{"PUBLIC_URL", "http://[::1]:8000"}}).config.totp_issuer, "SecureAuth") << "no colon";
  EXPECT_EQ(load({{"TOTP_ISSUER", "Bank & Söhne"}}).config.totp_issuer, "Bank & Söhne");
}

TEST_F(SettingsTest, NewAuthenticatorsAreWhatEveryAppReads) {
  const auto config = load().config;
  EXPECT_EQ(config.totp, mfa::TotpParameters{});
  EXPECT_EQ(config.totp_key.current.size(), 32U);
  EXPECT_EQ(config.totp_skew_steps, 1);
  const auto other = load({{"TOTP_ALGORITHM", "SHA512"}, {"TOTP_DIGITS", "8"}, {"TOTP_PERIOD_SECONDS", "60"}}).config;
  EXPECT_EQ(other.totp, (mfa::TotpParameters{mfa::TotpAlgorithm::sha512, 8, std::chrono::seconds(60)}));
}

TEST_F(SettingsTest, SwitchesTakeTheirSixWords) {
  for (const auto* yes : {"true", "1", "yes"}) EXPECT_TRUE(load({{"HOSTED_PAGES", yes}}).config.hosted_pages) << yes;
  for (const auto* no : {"false", "0", "no"}) EXPECT_FALSE(load({{"HOSTED_PAGES", no}}).config.hosted_pages) << no;
}

TEST_F(SettingsTest, PlainCookiesDropThePrefix) {
  EXPECT_EQ(load({{"COOKIE_SECURE", "false"}}).config.session_cookie_name, "sid");
  EXPECT_EQ(load({{"COOKIE_SECURE", "false"}, {"SESSION_COOKIE_NAME", "__Host-x"}}).mistakes,
            Lines{"SESSION_COOKIE_NAME may begin with __ only with COOKIE_SECURE=true"});
}

TEST_F(SettingsTest, IdleTimeoutIsWithinTheAbsoluteOne) {
  EXPECT_EQ(load({{"SESSION_IDLE_TIMEOUT_SECONDS", "86400"}, {"SESSION_ABSOLUTE_TIMEOUT_SECONDS", "x"}}).mistakes,
            Lines{"SESSION_ABSOLUTE_TIMEOUT_SECONDS must be a whole number from 1 to 31622400"});
  EXPECT_EQ(load({{"SESSION_IDLE_TIMEOUT_SECONDS", "601"}, {"SESSION_ABSOLUTE_TIMEOUT_SECONDS", "600"}}).mistakes,
            Lines{"SESSION_IDLE_TIMEOUT_SECONDS must not be longer than SESSION_ABSOLUTE_TIMEOUT_SECONDS"});
}

TEST_F(SettingsTest, AKeyReadsTheSameInEachOfItsForms) {
  const auto bytes = *crypto::hex_decode(kKeyA);
  const auto base64url = crypto::base64url_encode(bytes);
  auto base64 = base64url + '=';
  std::ranges::replace(base64, '-', '+');
  std::ranges::replace(base64, '_', '/');
  for (const auto& text : {std::string(kKeyA), base64url, base64}) {
    const auto outcome = load({{"SECRET_KEY", text}});
    ASSERT_EQ(outcome.mistakes, Lines{}) << text;
    EXPECT_TRUE(std::ranges::equal(outcome.config.secret_key.current.bytes(), bytes)) << text;
  }
  EXPECT_EQ(load({{"SECRET_KEY", "vT9$kq2!Lw7@zR4#mX8%bN1^hC6&pJ3*"}}).config.secret_key.current.reveal(),
            "vT9$kq2!Lw7@zR4#mX8%bN1^hC6&pJ3*");
}

TEST_F(SettingsTest, SecretsAreNeverShown) {  // ASVS 13.3.2
  const auto outcome = load({{"SECRET_KEY", kKeyA}});
  EXPECT_EQ(shown(outcome, "SECRET_KEY"), "********");
  EXPECT_EQ(source(outcome, "SECRET_KEY"), Source::environment);
  EXPECT_EQ(shown(outcome, "CSRF_SECRET"), "********");
  EXPECT_EQ(source(outcome, "CSRF_SECRET"), Source::generated);
  for (const auto& line : load({{"SECRET_KEY", "hunter2-hunter2"}}).mistakes) {
    EXPECT_EQ(line.find("hunter2"), std::string::npos);
  }
}

TEST_F(SettingsTest, FilesThatValuesAreReadFromAreKnown) {  // a sandbox must let them be read again
  const auto file = write("key", kKeyA);
  write(".env", "PORT=8001\n");
  const auto files = load({{"SECRET_KEY_FILE", file}}).config.settings_files;
  for (const auto& path : {input_.dotenv_path, std::filesystem::path(file), folder_ / "data" / ".csrf-secret"}) {
    EXPECT_NE(std::ranges::find(files, path), files.end()) << path;
  }
}

TEST_F(SettingsTest, EverySecretOfTheTableIsMasked) {
  for (const auto& doc : setting_docs()) {
    const bool named_so = doc.name.ends_with("_KEY") || doc.name.ends_with("_SECRET") ||
                          doc.name.ends_with("_SECRETS") || doc.name.ends_with("_TOKEN") ||
                          doc.name.ends_with("PASSWORD") || doc.name.find("_PEPPER") != std::string_view::npos ||
                          doc.name.ends_with("S_OLD") || doc.name.ends_with("_NEXT");
    EXPECT_EQ(doc.secret, named_so) << doc.name;
  }
}

}  // namespace
}  // namespace secureauth::settings
