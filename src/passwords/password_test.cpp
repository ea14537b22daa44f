#include "passwords/password.hpp"

#include "passwords/argon2.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::passwords {
namespace {

constexpr Argon2Cost kCheap{.memory_kib = 8192, .time = 1, .parallelism = 1};

Password password(std::string_view text) {
  return Password(crypto::SecretBytes(text));
}

std::string verdict(std::string_view text) {
  const auto checked = PasswordPolicy(10).check(password(text));
  return checked ? "ok" : checked.error().fields.at(0).code;
}

bool same(std::string_view stored, std::string_view typed) {
  crypto::SystemRandom random;
  return argon2_verify(password(typed).bytes(), argon2_hash(password(stored).bytes(), kCheap, random));
}

TEST(PasswordPolicyTest, CountsCodePointsAndBytesAfterNfc) {  // ASVS 6.2.1, 6.2.9
  EXPECT_EQ(verdict("123456789"), "too_short");
  EXPECT_EQ(verdict("1234567890"), "ok");
  EXPECT_EQ(verdict("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
                    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"),
            "ok");
  std::string accents;  // nine e with a combining accent: 18 code points typed, 9 after NFC
  for (int i = 0; i < 9; ++i) accents += "e\xcc\x81";
  EXPECT_EQ(verdict(accents), "too_short");
  EXPECT_EQ(verdict(std::string(1024, 'x')), "ok");
  EXPECT_EQ(verdict(std::string(1025, 'x')), "too_long");
}

TEST(PasswordPolicyTest, AsksForNoKindsOfCharacters) {  // ASVS 6.2.5
  for (const auto* text : {"1111111111", "aaaaaaaaaa", "AAAAAAAAAA", "          ",
                           "\uac00\uac00\uac00\uac00\uac00\uac00\uac00\uac00\uac00\uac00"}) {
    EXPECT_EQ(verdict(text), "ok") << text;
  }
}

TEST(PasswordTest, TheWholePasswordIsVerified) {  // ASVS 6.2.8
  const std::string long_one(1000, 'x');
  EXPECT_TRUE(same(long_one + "a", long_one + "a"));
  EXPECT_FALSE(same(long_one + "a", long_one + "b"));
  EXPECT_FALSE(same("correct horse", "Correct horse"));
  EXPECT_FALSE(same("correct horse", "correct horse "));
  EXPECT_FALSE(same("correct horse", " correct horse"));
  EXPECT_FALSE(same(std::string_view("nul\0after a", 11), std::string_view("nul\0after b", 11)));
}

TEST(PasswordTest, NfcIsTheOneChange) {  // NIST SP 800-63B-4 §3.1.1.2
  EXPECT_TRUE(same("caf\xc3\xa9 au lait", "cafe\xcc\x81 au lait"));
  EXPECT_FALSE(same("\xef\xbc\xa1 full width", "A full width"));  // NFKC would make them one
}

}  // namespace
}  // namespace secureauth::passwords
