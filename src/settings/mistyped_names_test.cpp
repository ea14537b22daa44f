#include "settings/mistyped_names.hpp"

#include "settings/settings_testing.hpp"

#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace secureauth::settings {
namespace {

struct Slip {
  const char* typed;
  const char* meant;
};

const Slip kSlips[] = {
    {"SESION_IDLE_TIMEOUT_SECONDS", "SESSION_IDLE_TIMEOUT_SECONDS"},   // a letter left out
    {"SESSION_IDLE_TIMEOUTS_SECOND", "SESSION_IDLE_TIMEOUT_SECONDS"},  // two
    {"SESSIONIDLE_TIMEOUT_SECONDS", "SESSION_IDLE_TIMEOUT_SECONDS"},
    {"LOCKOUT_TRESHOLD", "LOCKOUT_THRESHOLD"},
    {"TRUSTED_PROXY", ""},  // three away: another program's, perhaps
    {"TRUSTED_PROXYS", "TRUSTED_PROXIES"},
    {"TRUSTED_PROXIE", "TRUSTED_PROXIES"},
    {"DATABSE_URL", "DATABASE_URL"},
    {"DATABASE_URI", "DATABASE_URL"},
    {"PROT", "PORT"},  // swapped
    {"LOGLEVEL", "LOG_LEVEL"},
    {"SECERT_KEY_FILE", "SECRET_KEY_FILE"},
    {"SECRET_KEY_FIL", ""},
    {"PASSWORD_BREECH_FILE", "PASSWORD_BREACH_FILE"},  // a setting whose own name ends so
    {"SMTP_CAFILE", "SMTP_CA_FILE"},
};

TEST(MistypedNames, InTheEnvironmentAreToldWithTheSettingThatIsNear) {
  for (const auto& [typed, meant] : kSlips) {
    std::vector<std::string> expected;
    if (*meant != '\0') {
      expected.push_back(std::string(typed) + " in the environment is no setting; did you mean " + meant + "?");
    }
    EXPECT_EQ(mistyped_names({{typed, "5"}}, setting_docs()), expected) << typed;
  }
}

TEST(MistypedNames, OfEverySettingAreToldWithALetterMoreAndLess) {
  for (const auto& doc : setting_docs()) {
    for (const std::string& typed : {std::string(doc.name) + "X", std::string(doc.name.substr(1))}) {
      EXPECT_EQ(mistyped_names({{typed, "5"}}, setting_docs()).size(), 1U) << typed;
    }
  }
}

TEST(MistypedNames, SettingsThemselvesAreNotTold) {
  std::map<std::string, std::string> all;
  for (const auto& doc : setting_docs()) {
    all.emplace(doc.name, "5");
    all.emplace(std::string(doc.name) + "_FILE", "/run/secrets/x");
  }
  EXPECT_EQ(mistyped_names(all, setting_docs()), std::vector<std::string>{});
  EXPECT_EQ(mistyped_names({{"SESION_IDLE_TIMEOUT_SECONDS", ""}}, setting_docs()), std::vector<std::string>{})
      << "an empty one counts as none";
}

// Of shells, systemd, containers, Kubernetes, CI, and of what stands beside the service in a compose file.
constexpr const char* kOrdinary =
    "PATH HOME LANG LANGUAGE LC_ALL LC_CTYPE LC_MESSAGES HOSTNAME HOST USER USERNAME LOGNAME SHELL SHLVL TERM "
    "COLORTERM PWD OLDPWD EDITOR PAGER MAIL TZ TMPDIR TEMP DISPLAY UID GID PS1 IFS LS_COLORS SSH_AUTH_SOCK "
    "SSH_CONNECTION SUDO_USER SUDO_COMMAND XDG_RUNTIME_DIR XDG_SESSION_ID XDG_SESSION_TYPE XDG_DATA_DIRS "
    "DBUS_SESSION_BUS_ADDRESS SESSION_MANAGER DESKTOP_SESSION WINDOWID DEBIAN_FRONTEND DEBUG VERBOSE CI ENV APP_ENV "
    "NODE_ENV NOTIFY_SOCKET LISTEN_FDS LISTEN_PID LISTEN_FDNAMES WATCHDOG_USEC WATCHDOG_PID INVOCATION_ID "
    "JOURNAL_STREAM MAINPID MANAGERPID SYSTEMD_EXEC_PID STATE_DIRECTORY RUNTIME_DIRECTORY CACHE_DIRECTORY "
    "LOGS_DIRECTORY CONFIGURATION_DIRECTORY CREDENTIALS_DIRECTORY MEMORY_PRESSURE_WATCH MEMORY_PRESSURE_WRITE "
    "KUBERNETES_PORT KUBERNETES_PORT_443_TCP KUBERNETES_PORT_443_TCP_ADDR KUBERNETES_PORT_443_TCP_PORT "
    "KUBERNETES_PORT_443_TCP_PROTO KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_SERVICE_PORT_HTTPS "
    "POD_NAME POD_NAMESPACE POD_IP NODE_NAME HOST_IP SECUREAUTH_PORT SECUREAUTH_SERVICE_HOST SECUREAUTH_SERVICE_PORT "
    "SECUREAUTH_PORT_8000_TCP REDIS_PORT REDIS_HOST REDIS_SERVICE_HOST REDIS_SERVICE_PORT REDIS_PASSWORD "
    "REDIS_PORT_6379_TCP REDIS_VERSION REDIS_DOWNLOAD_URL POSTGRES_HOST POSTGRES_PORT POSTGRES_DB POSTGRES_USER "
    "POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE POSTGRES_INITDB_ARGS PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGDATA "
    "PGPASSFILE DB_HOST DB_PORT DB_NAME DB_URL DB_PASSWORD DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER "
    "DATABASE_PASSWORD HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY FTP_PROXY HTTP_PORT HTTPS_PORT HTTP_HOST ADMIN_PORT "
    "APP_PORT METRICS_PORT BASE_URL API_URL API_KEY APP_KEY AUTH_KEY AUTH_SECRET JWT_SECRET SECRET TOKEN PASSWORD "
    "SMTP_USER SMTP_PASS SMTP_FROM SMTP_SECURE MAIL_HOST MAIL_PORT SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE "
    "REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS LD_LIBRARY_PATH LD_PRELOAD MALLOC_ARENA_MAX GLIBC_TUNABLES ASAN_OPTIONS "
    "OTEL_EXPORTER_OTLP_ENDPOINT OTEL_SERVICE_NAME OTEL_RESOURCE_ATTRIBUTES AWS_REGION AWS_ACCESS_KEY_ID "
    "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN GOOGLE_APPLICATION_CREDENTIALS AZURE_CLIENT_ID VAULT_ADDR VAULT_TOKEN "
    "GITHUB_TOKEN GITHUB_ACTIONS CI_JOB_TOKEN DOCKER_HOST COMPOSE_PROJECT_NAME PYTHONPATH VIRTUAL_ENV JAVA_HOME "
    "GOPATH NPM_CONFIG_PREFIX CONTAINER _";

TEST(MistypedNames, AnOrdinaryEnvironmentRaisesNoAlarm) {
  std::map<std::string, std::string> environment;
  std::istringstream names(kOrdinary);
  for (std::string name; names >> name;) environment.emplace(name, "x");
  ASSERT_GT(environment.size(), 150U);
  EXPECT_EQ(mistyped_names(environment, setting_docs()), std::vector<std::string>{});
}

TEST(MistypedNames, WhatKubernetesSaysOfItsServicesIsNoSlip) {
  const std::map<std::string, std::string> slip{{"SMTPS_PORT", "465"}};
  EXPECT_EQ(mistyped_names(slip, setting_docs()).size(), 1U);
  auto services = slip;
  services.emplace("SMTPS_SERVICE_HOST", "10.96.0.12");
  EXPECT_EQ(mistyped_names(services, setting_docs()), std::vector<std::string>{});
}

class MistypedSettings : public SettingsTest {};

TEST_F(MistypedSettings, WarnAndStopNothing) {
  const auto outcome = load({{"SESION_IDLE_TIMEOUT_SECONDS", "5"}, {"PATH", "/bin"}});
  EXPECT_EQ(outcome.mistakes, Lines{});
  EXPECT_EQ(outcome.warnings, Lines{"SESION_IDLE_TIMEOUT_SECONDS in the environment is no setting; did you mean "
                                    "SESSION_IDLE_TIMEOUT_SECONDS?"});
}

}  // namespace
}  // namespace secureauth::settings
