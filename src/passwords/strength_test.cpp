#include "passwords/strength.hpp"

#include <gtest/gtest.h>

namespace secureauth::passwords {
namespace {

Strength strength(std::string_view text, const OwnWords& words = {}) {
  return estimate_strength(Password(crypto::SecretBytes(text)), words);
}

TEST(StrengthTest, EveryKindOfPasswordCanBeStrong) {  // ASVS 6.2.5
  for (const auto* text :
       {"4039582716", "7719283405", "qwzxplmvbt", "QWZXPLMVBT", "correct horse battery", "  leading and trailing  ",
        "\uc548\ub155\ud558\uc138\uc694 \uc624\ub298\ub3c4 \ub9d1\uc74c",
        "\U0001f600\U0001f601\U0001f602\U0001f923\U0001f603\U0001f604\U0001f605\U0001f606\U0001f609\U0001f60a"}) {
    EXPECT_GE(strength(text).score, 2) << text;
  }
}

TEST(StrengthTest, ADateInRandomDigitsIsChance) {  // zxcvbn takes 7719283405 for a date and some
  EXPECT_EQ(strength("7719283405").score, 3);
  EXPECT_LT(strength("1987198719").score, 2);
}

TEST(StrengthTest, NamesThePatternThatMakesItWeak) {
  const std::pair<const char*, Pattern> kExpected[] = {{"aaaaaaaaaa", Pattern::repeat},
                                                       {"abcabcabcabc", Pattern::repeat},
                                                       {"3456789012", Pattern::sequence},
                                                       {"asdfghjkl;", Pattern::keyboard},
                                                       {"12.03.1987", Pattern::date},
                                                       {"sunshinegirl", Pattern::common_word},
                                                       {"MyNewPassw0rd!", Pattern::disguised_word}};
  for (const auto& [text, pattern] : kExpected) {
    EXPECT_LT(strength(text).score, 2) << text;
    EXPECT_EQ(strength(text).pattern, pattern) << text;
  }
}

TEST(StrengthTest, OwnWordsCountForNothing) {  // ASVS 6.2.11
  EXPECT_GE(strength("kowalskiwroc").score, 2);
  const auto known = strength("KowalskiWroc", {"kowalski", "wroc"});
  EXPECT_LT(known.score, 2);
  EXPECT_EQ(known.pattern, Pattern::own_word);
}

TEST(StrengthTest, ARepeatedCharacterOfSeveralBytesIsARepeat) {
  for (const auto* unit : {"\xc3\xa9", "\u3164", "\U0001f600", " "}) {
    std::string text;
    for (int i = 0; i < 10; ++i) text += unit;
    EXPECT_LT(strength(text).score, 2) << unit;
  }
}

TEST(StrengthTest, NulIsACharacter) {  // ASVS 6.2.8
  EXPECT_GE(strength(std::string_view("\0kettle orbit mossy", 19)).score, 2);
  EXPECT_LT(strength(std::string_view("\0\0\0\0\0\0\0\0\0\0", 10)).score, 2);
}

TEST(StrengthTest, RepeatingIsNoStrengthHoweverOften) {
  for (const auto* unit : {"ab1", "x", "password", "\xcc\x81"}) {
    std::string text = "\xc3\xa9";
    while (text.size() < 1000) text += unit;
    EXPECT_LT(strength(std::string_view(text).substr(2)).score, 2) << unit;
  }
  EXPECT_LT(strength("e" + std::string(1000, '!')).score, 2);
  EXPECT_GE(strength(std::string(100, 'x') + "kettle orbit mossy").score, 2);
}

TEST(StrengthTest, JudgesTheFirstHundredCharacters) {  // attack 29: zxcvbn's time is bounded by its input
  std::string first = "1";
  while (first.size() < 100) first += "password";
  first.resize(100);
  EXPECT_EQ(strength(first + "kettle orbit mossy").score, strength(first + "?").score);
}

}  // namespace
}  // namespace secureauth::passwords
