#include "passwords/stems.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::passwords {
namespace {

bool condemns(std::string_view listed, std::string_view password) {
  return any_stem(password, [&](std::string_view text) { return text == listed; });
}

TEST(StemsTest, DigitsAndSignsAroundAWordAreNoDisguise) {  // ASVS 6.2.4
  for (const auto* password :
       {"password", "password1", "password2024!", "12password", "!!password!!", "99-password-99"}) {
    EXPECT_TRUE(condemns("password", password)) << password;
  }
  EXPECT_TRUE(condemns("1234567890", "!1234567890!!"));
  EXPECT_TRUE(condemns("1qaz2wsx3edc", "1qaz2wsx3edc!!"));
}

TEST(StemsTest, SubstitutionsAreUndone) {  // ASVS 6.2.4
  for (const auto* password : {"p@ssw0rd", "p4$$w0rd", "pa55w0rd123", "7!p@55w0rd!"}) {
    EXPECT_TRUE(condemns("password", password)) << password;
  }
  EXPECT_TRUE(condemns("administrator", "4dm1n1str4t0r"));
  EXPECT_TRUE(condemns("business", "busine$$123"));  // a disguised end before an added one
  EXPECT_TRUE(condemns("admin1234x", "admin1234x!"));
}

TEST(StemsTest, OneIsReadAsIAndAsL) {
  EXPECT_TRUE(condemns("welcome", "we1come99"));
  EXPECT_TRUE(condemns("princess", "pr1ncess99"));
  EXPECT_TRUE(condemns("million", "m11l1on"));  // each on its own
}

TEST(StemsTest, AWordMustBeMostOfThePassword) {  // NIST SP 800-63B-4 §3.1.1.2: containing is no reason
  EXPECT_FALSE(condemns("zebra", "12345678901234 zebra kiln"));
  EXPECT_FALSE(condemns("love", "love8201947365"));
  EXPECT_FALSE(condemns("zebra", "zebra58203"));
  EXPECT_FALSE(condemns("zebras", "zebra58203"));  // no digit is borrowed from a run of them
  EXPECT_FALSE(condemns("password", "my password is odd"));
  EXPECT_TRUE(condemns("monkey", "monkey1234"));
}

TEST(StemsTest, ShortStemsCondemnNothing) {
  EXPECT_FALSE(condemns("ab", "ab1"));
  EXPECT_FALSE(condemns("abc", "abc12"));
  EXPECT_TRUE(condemns("abcd", "abcd123"));
}

TEST(StemsTest, DigitsAloneAreLookedUpAsTheyAre) {
  EXPECT_TRUE(condemns("4039582716", "4039582716"));
  EXPECT_FALSE(condemns("aogs", "4095"));
}

TEST(StemsTest, TheWorkIsBounded) {  // attack 29
  std::size_t lookups = 0;
  for (const auto* unit : {"1!", "a1!", "l1", "\xcc\x81", "1"}) {
    std::string password;
    while (password.size() < 1000) password += unit;
    for (const auto& tried : {password, password.substr(0, 30) + "abcdefgh1111" + password.substr(0, 20)}) {
      lookups = 0;
      EXPECT_FALSE(any_stem(tried, [&](std::string_view) {
        ++lookups;
        return false;
      }));
      EXPECT_LE(lookups, 16U * 17U + 2U) << unit;
    }
  }
}

}  // namespace
}  // namespace secureauth::passwords
