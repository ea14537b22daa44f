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

// Made by argon2-cffi 25.1.0 (libargon2 20190702) of the password "p\u00e4ss w\u00f6rd".
constexpr const char* kOfOthers[] = {
    "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$qVSBwnsR0r98YPlp0GgnaRSFK4LZ73cWS+WG5btTjTg",
    "$argon2id$v=19$m=1024,t=2,p=4$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY$jPWjQHXkgh/"
    "qfXmbJhbUFrzyU+xyLpnAm9AwsC6A4zB0QRwF5l/HJC2pDWC3ts43bEvXAe1xCgpriWWYV995YQ",
    "$argon2i$v=19$m=64,t=3,p=1$MDEyMzQ1Njc$vFSS4gQw2rY17khjx+AYSQ",
    "$argon2i$v=16$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$D7UmHI4cEyhjdlJ/nCKSQqZJrf1fvCEiavawRP+GCoU",
    "$argon2d$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$2Tcj6ttC87NT1gxnOd8JrST7vNjDWuewd8aeYqw4jGE",
};

TEST(Argon2PhcTest, IsReadAndWrittenAndVerifiedAsItWas) {
  for (const std::string text : kOfOthers) {
    const auto hash = parse_argon2_phc(text);
    ASSERT_TRUE(hash) << text;
    EXPECT_EQ(hash->text(), hash->version == 16 ? text.substr(0, 9) + text.substr(14) : text);
    EXPECT_TRUE(verifies("p\xc3\xa4ss w\xc3\xb6rd", text)) << text;
    EXPECT_FALSE(verifies("p\xc3\xa4ss w\xc3\xb6r", text)) << text;
  }
}

TEST(Argon2PhcTest, AKeyIdStandsBehindTheCostAndArgon2DoesNotSeeIt) {
  const std::string plain = kOfOthers[0];
  const auto keyed = "$argon2id$v=19$m=64,t=1,p=1,keyid=TbC/D+CF" + plain.substr(plain.find("p=1") + 3);
  const auto hash = parse_argon2_phc(keyed);
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash->key_id, "TbC/D+CF");
  EXPECT_EQ(hash->text(), keyed);
  EXPECT_EQ(hash->without_key_id(), plain);
}

TEST(Argon2PhcTest, AnotherFormIsNone) {
  const std::string tail = "$MDEyMzQ1Njc4OWFiY2RlZg$qVSBwnsR0r98YPlp0GgnaRSFK4LZ73cWS+WG5btTjTg";
  ASSERT_TRUE(parse_argon2_phc("$argon2id$v=19$m=64,t=1,p=1" + tail));
  for (const std::string head :
       {"argon2id$v=19$m=64,t=1,p=1", "$argon2$v=19$m=64,t=1,p=1", "$argon2id$v=17$m=64,t=1,p=1",
        "$argon2id$v=19$t=1,m=64,p=1", "$argon2id$v=19$m=064,t=1,p=1", "$argon2id$v=19$m=64,t=0,p=1",
        "$argon2id$v=19$m=64,t=1", "$argon2id$v=19$m=64,t=1,p=1,", "$argon2id$v=19$m=64,t=1,p=1,keyid=",
        "$argon2id$v=19$m=64,t=1,p=1,keyid=a", "$argon2id$v=19$m=64,t=1,p=1,keyid=AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1,data=AAAA", "$argon2id$v=19$m=99999999999,t=1,p=1"}) {
    EXPECT_FALSE(parse_argon2_phc(head + tail)) << head;
  }
  const std::string head = "$argon2id$v=19$m=64,t=1,p=1";
  for (const std::string other :
       {"", "$MDEyMzQ1Njc4OWFiY2RlZg", "$MDEyMzQ1Njc4OWFiY2RlZg$", "$MDEyMzQ1$qVSBwnsR0r98YPlp0GgnaQ",
        "$MDEyMzQ1Njc4OWFiY2RlZh$qVSBwnsR0r98YPlp0GgnaQ", "$MDEyMzQ1Njc4OWFiY2RlZg==$qVSBwnsR0r98YPlp0GgnaQ",
        "$MDEyMzQ1Njc4OWFiY2RlZg$qVSBwnsR0r98YPlp0Ggna-", "$MDEyMzQ1Njc4OWFiY2RlZg$qVSBwnsR0r98YPlp0GgnaQ\n"}) {
    EXPECT_FALSE(parse_argon2_phc(head + other)) << other;
  }
}

}  // namespace
}  // namespace secureauth::passwords
