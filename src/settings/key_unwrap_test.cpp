#include "settings/key_unwrap.hpp"

#include "crypto/encoding.hpp"
#include "settings/settings_testing.hpp"

namespace secureauth::settings {
namespace {

/// With a program in the place of key management: what it is given is the plaintext already.
class KeyUnwrapTest : public SettingsTest {
 protected:
  std::string program(std::string_view script) {
    return write("unwrap", "#!/bin/sh\n" + std::string(script) + '\n', std::filesystem::perms::owner_all);
  }
  SettingsOutcome load_wrapped(std::string_view script, Variables others = {}) {
    others.emplace("KEY_UNWRAP_COMMAND", program(script));
    others.emplace("SECRET_KEY", std::string("wrapped:") + kKeyA);
    return load(std::move(others));
  }
};

TEST(WrappedTextTest, IsWhatTransitWritesOrWhatSaysSo) {
  EXPECT_EQ(wrapped_text("vault:v1:abc="), "vault:v1:abc=");
  EXPECT_EQ(wrapped_text("vault:v12:abc="), "vault:v12:abc=");
  EXPECT_EQ(wrapped_text("wrapped:AQICAH"), "AQICAH");
  for (const auto* plain : {"", "vault:", "vault:v1", "vault:v:x", "vault:vx:x", "Wrapped:x", kKeyA}) {
    EXPECT_EQ(wrapped_text(plain), std::nullopt) << plain;
  }
}

TEST_F(KeyUnwrapTest, AProgramUnwrapsWhatItIsGivenOnItsInput) {  // ASVS 13.3.3
  const auto outcome = load_wrapped("cat");
  EXPECT_EQ(outcome.mistakes, Lines{});
  EXPECT_EQ(crypto::hex_encode(outcome.config.secret_key.current.bytes()), kKeyA);
  EXPECT_EQ(shown(outcome, "SECRET_KEY"), "********");
}

TEST_F(KeyUnwrapTest, RawBytesAreAKeyToo) {
  const auto outcome = load_wrapped("printf '%s' 0123456789.23456789.bcdef.123456");
  EXPECT_EQ(outcome.mistakes, Lines{});
  EXPECT_EQ(outcome.config.secret_key.current.reveal(), "0123456789.23456789.bcdef.123456");
}

TEST_F(KeyUnwrapTest, EachItemOfAListIsUnwrapped) {
  for (const auto* first : {"wrapped:", ""}) {  // whichever of them is wrapped
    const auto list = std::string(first) + kKeyB + ", " + kKeyC + ",wrapped:" + kKeyD;
    const auto outcome = load_wrapped("cat", {{"PASSWORD_PEPPERS_OLD", list}});
    EXPECT_EQ(outcome.mistakes, Lines{});
    ASSERT_EQ(outcome.config.password_pepper.old.size(), 3U);
    EXPECT_EQ(crypto::hex_encode(outcome.config.password_pepper.old[2].bytes()), kKeyD);
  }
}

TEST_F(KeyUnwrapTest, WhatHoldsAPasswordMayBeWrappedAndIsThenNotShown) {
  const auto outcome = load_wrapped("cat", {{"REDIS_URL", "wrapped:redis://:hunter2@cache.example"}});
  EXPECT_EQ(outcome.mistakes, Lines{});
  EXPECT_EQ(outcome.config.redis_url, "redis://:hunter2@cache.example");
  EXPECT_EQ(shown(outcome, "REDIS_URL"), "********");
}

TEST_F(KeyUnwrapTest, WhatWasUnwrappedIsNotAskedForAgain) {
  EXPECT_EQ(load_wrapped("cat").mistakes, Lines{});
  const auto again = load_wrapped("exit 1");
  EXPECT_EQ(again.mistakes, Lines{}) << "the first answer is kept";
  EXPECT_EQ(crypto::hex_encode(again.config.secret_key.current.bytes()), kKeyA);
  EXPECT_EQ(load_wrapped("exit 1", {{"CSRF_SECRET", std::string("wrapped:") + kKeyB}}).mistakes,
            Lines{"CSRF_SECRET cannot be unwrapped by KEY_UNWRAP_COMMAND: it ended with status 1"});
}

TEST_F(KeyUnwrapTest, AKeyThatSettingsHaveNoMoreIsWiped) {  // ASVS 13.3.4: retired keys
  const Variables with_old{{"SECRET_KEYS_OLD", std::string("wrapped:") + kKeyB}};
  EXPECT_EQ(load_wrapped("cat", with_old).mistakes, Lines{});
  EXPECT_NE(input_.unwrapped->find(kKeyB), std::nullopt);
  EXPECT_EQ(load_wrapped("cat", {{"PORT", "x"}}).mistakes.size(), 1U);
  EXPECT_NE(input_.unwrapped->find(kKeyB), std::nullopt) << "what is refused changes nothing";
  EXPECT_EQ(load_wrapped("cat").mistakes, Lines{});
  EXPECT_EQ(input_.unwrapped->find(kKeyB), std::nullopt);
  EXPECT_NE(input_.unwrapped->find(kKeyA), std::nullopt);
}

TEST_F(KeyUnwrapTest, TheProgramKnowsNothingOfTheService) {  // ASVS 13.3.1
  const auto outcome = load_wrapped(
      "[ -z \"$KEY_UNWRAP_COMMAND$SECRET_KEY\" ] && [ \"$(ls /proc/self/fd | wc -l)\" -le 4 ] && cat || exit 7");
  EXPECT_EQ(outcome.mistakes, Lines{});
}

struct Fault {
  const char* script;
  const char* told;
};

class UnwrapFault : public KeyUnwrapTest, public testing::WithParamInterface<Fault> {};

TEST_P(UnwrapFault, IsToldInOneLineWithoutWhatWasWritten) {
  const auto outcome = load_wrapped(GetParam().script, {{"KEY_UNWRAP_TIMEOUT_SECONDS", "2"}});
  EXPECT_EQ(outcome.mistakes, Lines{std::string("SECRET_KEY ") + GetParam().told});
  EXPECT_EQ(outcome.may_pass, std::string_view(GetParam().told).starts_with("cannot be unwrapped"));
}

const Fault kFaults[] = {
    {"cat; exit 1", "cannot be unwrapped by KEY_UNWRAP_COMMAND: it ended with status 1"},
    {"kill -9 $$", "cannot be unwrapped by KEY_UNWRAP_COMMAND: it died of signal 9"},
    {"true", "cannot be unwrapped by KEY_UNWRAP_COMMAND: it writes nothing"},
    {"sleep 600", "cannot be unwrapped by KEY_UNWRAP_COMMAND: it takes too long"},
    {"exec 1>&-; sleep 600", "cannot be unwrapped by KEY_UNWRAP_COMMAND: it takes too long"},
    {"sleep 600 & cat", "cannot be unwrapped by KEY_UNWRAP_COMMAND: it takes too long"},
    {"yes", "cannot be unwrapped by KEY_UNWRAP_COMMAND: it writes more than 4096 bytes"},
    {"printf '\\001\\002\\003'", "is unwrapped by KEY_UNWRAP_COMMAND to what is neither 32 bytes nor printable ASCII"},
    {"echo abcdef", "must be a key of 32 bytes: 32 characters, 64 hexadecimal digits, or base64"},
};
INSTANTIATE_TEST_SUITE_P(EachKind, UnwrapFault, testing::ValuesIn(kFaults));

TEST_F(KeyUnwrapTest, AProgramThatIsNotThereIsTold) {
  const auto outcome = load({{"KEY_UNWRAP_COMMAND", (folder_ / "nothing").string()}, {"SECRET_KEY", "wrapped:x"}});
  EXPECT_EQ(outcome.mistakes,
            Lines{"SECRET_KEY cannot be unwrapped by KEY_UNWRAP_COMMAND: it cannot be run: No such file or directory"});
}

// Whoever waits for it to pass must not wait for the other.
TEST_F(KeyUnwrapTest, AMistakeBesideOneThatMayPassDoesNot) {
  EXPECT_TRUE(load_wrapped("false").may_pass);
  EXPECT_FALSE(load_wrapped("false", {{"PORT", "x"}}).may_pass);
  EXPECT_FALSE(load_wrapped("cat").may_pass) << "nothing is wrong";
}

TEST_F(KeyUnwrapTest, SomebodyMustUnwrapWhatIsWrapped) {
  EXPECT_EQ(load({{"SECRET_KEY", "vault:v1:abc"}}).mistakes,
            Lines{"SECRET_KEY is wrapped, but neither KEY_UNWRAP_URL nor KEY_UNWRAP_COMMAND says who unwraps it"});
}

TEST_F(KeyUnwrapTest, MistakesOfItsOwnSettings) {
  const std::string form = "must be an https URL with the path of a decryption, without user and fragment";
  for (const auto* url : {"http://kms.example/v1/transit/decrypt/k", "https://user:pw@kms.example/v1",
                          "https://kms.example", "https://kms.example/v1#x", "kms.example", "ftp://localhost/v1"}) {
    EXPECT_EQ(load({{"KEY_UNWRAP_URL", url}}).mistakes, Lines{"KEY_UNWRAP_URL " + form}) << url;
  }
  EXPECT_EQ(load({{"KEY_UNWRAP_URL", "http://127.0.0.1:8200/v1/transit/decrypt/k"}}).mistakes, Lines{});
  EXPECT_EQ(load({{"KEY_UNWRAP_COMMAND", "unwrap"}}).mistakes,
            Lines{"KEY_UNWRAP_COMMAND must begin with the absolute path of a program"});
  EXPECT_EQ(load({{"KEY_UNWRAP_TOKEN", "t"}}).mistakes, Lines{"KEY_UNWRAP_TOKEN needs KEY_UNWRAP_URL"});
  EXPECT_EQ(load({{"KEY_UNWRAP_URL", "https://kms.example/v1/x"}, {"KEY_UNWRAP_COMMAND", "/bin/cat"}}).mistakes,
            Lines{"KEY_UNWRAP_COMMAND must not be set together with KEY_UNWRAP_URL"});
}

}  // namespace
}  // namespace secureauth::settings
