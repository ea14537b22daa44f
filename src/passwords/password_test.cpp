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

bool same(std::string_view stored, std::string_view typed) {
  crypto::SystemRandom random;
  return argon2_verify(password(typed).bytes(), argon2_hash(password(stored).bytes(), kCheap, random));
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
