#include "settings/settings_testing.hpp"

namespace secureauth::settings {
namespace {

TEST_F(SettingsTest, EnvironmentThenFileThenDotenv) {  // DESIGN §5
  const auto file = write("port", "8002\n");
  EXPECT_EQ(source(load(), "PORT"), Source::built_in);

  write(".env", "PORT=8001\n");
  EXPECT_EQ(shown(load(), "PORT"), "8001");
  EXPECT_EQ(source(load(), "PORT"), Source::dotenv);

  EXPECT_EQ(shown(load({{"PORT_FILE", file}}), "PORT"), "8002");
  EXPECT_EQ(source(load({{"PORT_FILE", file}}), "PORT"), Source::file);

  EXPECT_EQ(shown(load({{"PORT", "8003"}}), "PORT"), "8003");
  EXPECT_EQ(source(load({{"PORT", "8003"}}), "PORT"), Source::environment);
}

// What an image sets must not quietly win over a mounted secret.
TEST_F(SettingsTest, AValueBesideItsFileInTheEnvironmentIsAMistake) {
  const Variables both{{"PORT_FILE", write("port", "8002\n")}, {"PORT", "8003"}};
  EXPECT_EQ(load(both).mistakes, Lines{"PORT is set twice in the environment, by PORT_FILE too"});
  EXPECT_EQ(shown(load({{"PORT_FILE", folder_ / "port"}, {"PORT", ""}}), "PORT"), "8002") << "an empty one is none";
}

TEST_F(SettingsTest, AnEmptyVariableCountsAsNone) {
  write(".env", "PORT=8001\n");
  EXPECT_EQ(shown(load({{"PORT", ""}}), "PORT"), "8001");
}

TEST_F(SettingsTest, OnlyTheLastLineBreakOfAMountedFileIsDropped) {
  EXPECT_EQ(shown(load({{"LOG_LEVEL_FILE", write("a", "error\r\n")}}), "LOG_LEVEL"), "error");
  EXPECT_EQ(load({{"LOG_LEVEL_FILE", write("b", "error\n\n")}}).mistakes.size(), 1U);
}

// A mount that came up empty or broken must not fall back to a weaker source.
TEST_F(SettingsTest, AMountedFileThatGivesNothingIsAMistake) {
  write(".env", std::string("SECRET_KEY=") + kKeyA + "\n");
  const auto empty = write("empty", "\n");
  EXPECT_EQ(load({{"SECRET_KEY_FILE", empty}}).mistakes, Lines{"SECRET_KEY is empty in SECRET_KEY_FILE=" + empty});
  EXPECT_TRUE(load({{"SECRET_KEY_FILE", empty}}).may_pass) << "whoever writes it may come later";
  const auto follows =
      load({{"LISTEN_ADDRESS", "0.0.0.0"}, {"ENVIRONMENT", "production"}, {"TRUSTED_PROXIES_FILE", empty}});
  EXPECT_GT(follows.mistakes.size(), 1U);
  EXPECT_TRUE(follows.may_pass) << "what follows from what is not there";
  for (const auto& path : {(folder_ / "nowhere").string(), folder_.string()}) {
    EXPECT_EQ(load({{"SECRET_KEY_FILE", path}}).mistakes,
              Lines{"SECRET_KEY cannot be read from SECRET_KEY_FILE=" + path});
  }
}

TEST_F(SettingsTest, DotenvTakesQuotesCommentsAndExport) {
  write(".env",
        "# a comment\n\n"
        "export PORT = 9001 # trailing\r\n"
        "SESSION_COOKIE_NAME=\"sid#1\" # quoted\n"
        "CSRF_COOKIE_NAME='csrf'\n"
        "LOG_LEVEL=\"$LOG_LEVEL\"\n"
        "FRONTEND_URL= # nothing\n");
  const auto outcome = load();
  EXPECT_EQ(shown(outcome, "PORT"), "9001");
  EXPECT_EQ(shown(outcome, "SESSION_COOKIE_NAME"), "sid#1");
  EXPECT_EQ(shown(outcome, "CSRF_COOKIE_NAME"), "csrf");
  EXPECT_EQ(shown(outcome, "FRONTEND_URL"), "");
  EXPECT_EQ(outcome.mistakes, Lines{"LOG_LEVEL must be one of debug, info, warning, error"}) << "no interpolation";
}

struct BadLine {
  const char* text;
  const char* line;  ///< PATH stands for the file
};

const BadLine kBadLines[] = {
    {"PORT 8000", "PATH line 1 is not NAME=value"},
    {"=8000", "PATH line 1 is not NAME=value"},
    {"PORT=\"8000", "PORT has a quote out of place in PATH line 1"},
    {"PORT='8000' 1", "PORT has a quote out of place in PATH line 1"},
    {"PORT=1\nPORT=2", "PORT is set twice in PATH"},
    {"PORT=1\nPORT_FILE=x", "PORT is set twice in PATH, by PORT_FILE too"},
    {"PROT=1", "PROT is no setting; did you mean PORT?"},
    {"SECRETKEY_FILE=x", "SECRETKEY_FILE is no setting; did you mean SECRET_KEY_FILE?"},
    {"SOMETHING_ELSE_ENTIRELY=1", "SOMETHING_ELSE_ENTIRELY is no setting"},
};

class BadDotenv : public SettingsTest, public testing::WithParamInterface<BadLine> {};

TEST_P(BadDotenv, IsToldInOneLine) {
  write(".env", GetParam().text);
  std::string expected = GetParam().line;
  if (const auto at = expected.find("PATH"); at != std::string::npos) {
    expected.replace(at, 4, input_.dotenv_path.string());
  }
  EXPECT_EQ(load().mistakes, Lines{expected});
}
INSTANTIATE_TEST_SUITE_P(EachKind, BadDotenv, testing::ValuesIn(kBadLines));

// ASVS 13.2.2: who can write .env, such as a service that was taken over, must not have a program run outside of the
// sandbox.
TEST_F(SettingsTest, WhatRunsOutsideOfTheSandboxIsSetByTheEnvironmentAlone) {
  for (const std::string name : {"KEY_UNWRAP_URL", "KEY_UNWRAP_TOKEN", "KEY_UNWRAP_CA_FILE", "KEY_UNWRAP_COMMAND",
                                 "KEY_UNWRAP_TIMEOUT_SECONDS", "SANDBOX", "SANDBOX_CONNECT_PORTS"}) {
    const Lines expected{name + " is taken from the environment of the process alone, never from " +
                         input_.dotenv_path.string()};
    for (const auto* ending : {"", "_FILE"}) {
      write(".env", name + ending + "=/bin/true\n");
      EXPECT_EQ(load().mistakes, expected) << ending;
    }
  }
  const auto ran = folder_ / "ran";
  const auto program = write("program", "#!/bin/sh\ntouch " + ran.string() + "\n", std::filesystem::perms::owner_all);
  write(".env", "KEY_UNWRAP_COMMAND=" + program + "\nSECRET_KEY=wrapped:x\n");
  EXPECT_FALSE(load().mistakes.empty());
  EXPECT_FALSE(std::filesystem::exists(ran));
}

TEST_F(SettingsTest, ADotenvThatCannotBeReadIsAMistake) {
  std::filesystem::create_directory(input_.dotenv_path);
  EXPECT_EQ(load().mistakes, Lines{input_.dotenv_path.string() + " cannot be read"});
}

TEST_F(SettingsTest, UnknownNamesInTheProcessEnvironmentAreNoMistakes) {
  EXPECT_EQ(load({{"PATH", "/bin"}, {"PROT", "1"}}).mistakes, Lines{});
}

TEST_F(SettingsTest, SecretsInADotenvThatOthersReadAreWarnedOfOnce) {  // ASVS 13.3.1
  const std::string both = std::string("SECRET_KEY=") + kKeyA + "\nCSRF_SECRET=" + kKeyB + "\n";
  write(".env", both);
  EXPECT_EQ(load().warnings, Lines{});
  write(".env", both, std::filesystem::perms(0644));
  EXPECT_EQ(load().warnings,
            Lines{input_.dotenv_path.string() + " holds secrets and can be read by others; run chmod 600 on it"});
}

}  // namespace
}  // namespace secureauth::settings
