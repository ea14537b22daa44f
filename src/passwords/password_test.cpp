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

TEST(Argon2Test, WritesThePhcStringOfItsCost) {  // ASVS 11.4.2
  crypto::SystemRandom random;
  EXPECT_TRUE(argon2_hash(password("x").bytes(), kCheap, random).starts_with("$argon2id$v=19$m=8192,t=1,p=1$"));
  const auto parallel = argon2_hash(password("x").bytes(), {.memory_kib = 8192, .time = 1, .parallelism = 2}, random);
  EXPECT_TRUE(parallel.starts_with("$argon2id$v=19$m=8192,t=1,p=2$"));
  EXPECT_TRUE(argon2_verify(password("x").bytes(), parallel));
  EXPECT_FALSE(argon2_verify(password("y").bytes(), parallel));
}

TEST(Argon2Test, NothingMatchesTheDecoyAndItCostsTheSame) {  // ASVS 6.3.8
  crypto::SystemRandom random;
  const auto decoy = argon2_decoy(kCheap, random);
  const auto real = argon2_hash(password("x").bytes(), kCheap, random);
  EXPECT_EQ(decoy.size(), real.size());
  EXPECT_EQ(decoy.substr(0, decoy.find("p=1$")), real.substr(0, real.find("p=1$")));
  EXPECT_FALSE(argon2_verify(password("x").bytes(), decoy));
}

TEST(Argon2Test, APlantedCostIsRefusedAndNotPaid) {  // attack 30
  for (const auto* phc : {"$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAA",
                          "$argon2id$v=19$m=8192,t=1000000,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAA",
                          "$argon2id$v=19$m=8192,t=1,p=255$c2FsdHNhbHRzYWx0c2FsdA$AAAA", "$argon2id$", "", "plain"}) {
    EXPECT_FALSE(argon2_verify(password("x").bytes(), phc)) << phc;
  }
}

}  // namespace
}  // namespace secureauth::passwords
