#include "passwords/argon2.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::passwords {
namespace {

constexpr Argon2Cost kCheap{.memory_kib = 8192, .time = 1, .parallelism = 1};

crypto::SecretBytes secret(std::string_view text) {
  return crypto::SecretBytes(text);
}

bool verifies(std::string_view password, std::string_view phc) {
  const auto hash = parse_argon2_phc(phc);
  return hash && argon2_verify(secret(password), *hash);
}

TEST(Argon2Test, WritesThePhcStringOfItsCost) {  // ASVS 11.4.2
  crypto::SystemRandom random;
  const auto plain = argon2_hash(secret("x"), kCheap, random).text();
  EXPECT_TRUE(plain.starts_with("$argon2id$v=19$m=8192,t=1,p=1$"));
  EXPECT_TRUE(verifies("x", plain));
  EXPECT_FALSE(verifies("y", plain));
  const auto parallel = argon2_hash(secret("x"), {.memory_kib = 8192, .time = 1, .parallelism = 2}, random).text();
  EXPECT_TRUE(parallel.starts_with("$argon2id$v=19$m=8192,t=1,p=2$"));
  EXPECT_TRUE(verifies("x", parallel));
  EXPECT_FALSE(verifies("y", parallel));
}

TEST(Argon2Test, NothingMatchesTheDecoyAndItCostsTheSame) {  // ASVS 6.3.8
  crypto::SystemRandom random;
  const auto decoy = argon2_decoy(kCheap, random);
  const auto real = argon2_hash(secret("x"), kCheap, random);
  EXPECT_EQ(decoy.text().size(), real.text().size());
  EXPECT_EQ(decoy.text().substr(0, decoy.text().find("p=1$")), real.text().substr(0, real.text().find("p=1$")));
  EXPECT_FALSE(argon2_verify(secret("x"), decoy));
}

TEST(Argon2Test, APlantedCostIsRefusedAndNotPaid) {  // attack 30
  for (const auto* cost : {"m=4194304,t=1,p=1", "m=8192,t=1000000,p=1", "m=8192,t=1,p=255", "m=1048576,t=64,p=1"}) {
    const auto hash = parse_argon2_phc("$argon2id$v=19$" + std::string(cost) +
                                       "$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    ASSERT_TRUE(hash) << cost;
    EXPECT_FALSE(is_bearable(hash->cost)) << cost;
    EXPECT_FALSE(argon2_verify(secret("x"), *hash)) << cost;
  }
}

// Made by argon2-cffi 25.1.0 (which is libargon2 20190702), save for the key id.
constexpr const char* kOfOthers[] = {
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$WH5ePAtsd3Ou2GeKCH6SRQ",
};

TEST(Argon2PhcTest, IsReadAndWrittenAsItWas) {
  for (const auto* text : kOfOthers) {
    const auto hash = parse_argon2_phc(text);
    ASSERT_TRUE(hash) << text;
    EXPECT_EQ(hash->text(), text);
  }
}

}  // namespace
}  // namespace secureauth::passwords
