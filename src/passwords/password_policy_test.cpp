#include "passwords/password_policy.hpp"

#include "core/run_to_end.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace secureauth::passwords {
namespace {

class PasswordPolicyTest : public testing::Test {
 protected:
  static Password password(std::string_view text) { return Password(crypto::SecretBytes(text)); }

  std::string length(std::string_view text) {
    const auto checked = policy_->check_length(password(text));
    return checked ? "ok" : checked.error().fields.at(0).code;
  }
  FieldError refusal(std::string_view text, std::string field = "password") {
    const auto checked = run_to_end(policy_->check(password(text), owner_, std::move(field)));
    return checked ? FieldError{"", "ok", ""} : checked.error().fields.at(0);
  }
  std::string verdict(std::string_view text) { return refusal(text).code; }

  HashingPool pool_{{.threads = 1}};
  CompromisedPasswords compromised_{{}};
  std::optional<PasswordPolicy> policy_{
      std::in_place, pool_, compromised_,
      PasswordPolicy::Options{.site_words = {"auth.example.org", "acme", "acmebank"}}};
  PasswordOwner owner_{.email = "alice.kowalski@mail.test", .name = "Alice Kowalski"};
};

TEST_F(PasswordPolicyTest, CountsCodePointsAndBytesAfterNfc) {  // ASVS 6.2.1, 6.2.9
  EXPECT_EQ(length("123456789"), "too_short");
  EXPECT_EQ(length("1234567890"), "ok");
  std::string emoji;
  std::string accents;  // nine e with a combining accent: 18 code points typed, 9 after NFC
  for (int i = 0; i < 10; ++i) emoji += "\U0001f600";
  for (int i = 0; i < 9; ++i) accents += "e\xcc\x81";
  EXPECT_EQ(length(emoji), "ok");
  EXPECT_EQ(length(accents), "too_short");
  EXPECT_EQ(length(std::string(1024, 'x')), "ok");
  EXPECT_EQ(length(std::string(1025, 'x')), "too_long");
  EXPECT_EQ(verdict("short"), "too_short");
  EXPECT_EQ(verdict(std::string(1025, 'x')), "too_long");
}

TEST_F(PasswordPolicyTest, AsksForNoKindsOfCharacters) {  // ASVS 6.2.5
  for (const auto* text :
       {"4039582716", "qwzxplmvbt", "QWZXPLMVBT", "kettle orbit mossy", "  leading and trailing  ",
        "\uc548\ub155\ud558\uc138\uc694 \uc624\ub298\ub3c4 \ub9d1\uc74c",
        "\U0001f600\U0001f601\U0001f602\U0001f923\U0001f603\U0001f604\U0001f605\U0001f606\U0001f609\U0001f60a"}) {
    EXPECT_EQ(verdict(text), "ok") << text;
  }
}

TEST_F(PasswordPolicyTest, EachRuleHasItsCode) {  // ASVS 6.1.2, 6.2.4, 6.2.11
  EXPECT_EQ(verdict("Alice.Kowalski1"), "own_data");
  EXPECT_EQ(verdict("SecureAuth123"), "own_data");
  EXPECT_EQ(verdict("acmebank2024!"), "own_data");
  EXPECT_EQ(verdict("auth.example.org"), "own_data");
  EXPECT_EQ(verdict("P@ssw0rd2024!"), "too_common");
  EXPECT_EQ(verdict("abcabcabcabc"), "too_weak");
  EXPECT_EQ(verdict("alice counts seven herons at acme"), "ok");
}

TEST_F(PasswordPolicyTest, SaysWhatIsWrongUnderTheFieldsOwnName) {
  const auto refused = refusal("aaaaaaaaab", "new_password");
  EXPECT_EQ(refused.field, "new_password");
  EXPECT_NE(refused.message.find("repeats"), std::string::npos) << refused.message;
  EXPECT_EQ(refusal("short", "new_password").field, "new_password");
}

TEST_F(PasswordPolicyTest, TellsWhoIsStillChoosingHowGoodAPasswordIs) {
  const auto assess = [this](std::string_view text) {
    return run_to_end(policy_->assess(password(text), owner_)).value();
  };
  const auto good = assess("alice counts seven herons at acme");
  EXPECT_FALSE(good.refusal);
  EXPECT_EQ(good.strength.score, 4);
  const auto weak = assess("abcabcabcabc");
  EXPECT_EQ(weak.refusal.value().code, "too_weak");
  EXPECT_EQ(name(weak.strength.pattern), "repeat");
  EXPECT_LT(weak.strength.score, 3);
  const auto known = assess("P@ssw0rd2024!");
  EXPECT_EQ(known.refusal.value().code, "too_common");
  EXPECT_EQ(known.strength.score, 0) << "however it is spelt, it is guessed first";
  EXPECT_EQ(assess("short").refusal.value().code, "too_short");
}

TEST_F(PasswordPolicyTest, AScoreOfNoughtAsksForNoStrength) {
  policy_.emplace(pool_, compromised_, PasswordPolicy::Options{.min_score = 0, .site_words = {}});
  EXPECT_EQ(verdict("zzyzzyzzyzzyzzy"), "ok");
  EXPECT_EQ(verdict("P@ssw0rd2024!"), "too_common");
}

}  // namespace
}  // namespace secureauth::passwords
