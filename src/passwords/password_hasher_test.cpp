#include "passwords/password_hasher.hpp"

#include "core/run_to_end.hpp"
#include "passwords/busy_pool_fixture.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace secureauth::passwords {
namespace {

constexpr Argon2Cost kCost{.memory_kib = 128, .time = 2, .parallelism = 1};

/// Thirty-two different bytes, from `first` on.
crypto::SecretBytes key(unsigned first) {
  std::array<unsigned char, 32> bytes{};
  std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(first));
  return crypto::SecretBytes(std::as_bytes(std::span(bytes)));
}

Pepper pepper(std::optional<unsigned> current, std::initializer_list<unsigned> old = {}) {
  std::vector<crypto::SecretBytes> retired;
  for (const auto first : old) retired.push_back(key(first));
  return {current ? key(*current) : crypto::SecretBytes(), retired};
}

class PasswordHasherTest : public testing::Test {
 protected:
  PasswordHasher hasher(Argon2Cost cost = kCost, Pepper with = {}) {
    return PasswordHasher(pool_, cost, random_, std::move(with));
  }
  std::string hash(const PasswordHasher& by, std::optional<std::string> replaced = {}) {
    return run_to_end(by.hash(Password(crypto::SecretBytes("right")), std::move(replaced))).value();
  }
  Verdict verify(const PasswordHasher& by, std::string_view password, std::optional<std::string> stored) {
    return run_to_end(by.verify(Password(crypto::SecretBytes(password)), std::move(stored))).value();
  }
  /// "no" for a wrong password, "yes", or "outdated".
  std::string verdict(const PasswordHasher& by, std::optional<std::string> stored,
                      std::string_view password = "right") {
    const auto found = verify(by, password, std::move(stored));
    return !found.matches ? "no" : found.outdated ? "outdated" : "yes";
  }

  HashingPool pool_{{.threads = 1}};
  crypto::SystemRandom random_;
};

TEST_F(PasswordHasherTest, WeakerIsOutdatedAndStrongerNever) {  // CS Password Storage, 63B §3.1.1.2
  const auto stored = hash(hasher());
  EXPECT_EQ(verdict(hasher(), stored), "yes");
  EXPECT_EQ(verdict(hasher(), stored, "wrong"), "no");
  EXPECT_EQ(verdict(hasher({.memory_kib = 256, .time = 2}), stored), "outdated");
  EXPECT_EQ(verdict(hasher({.memory_kib = 128, .time = 3}), stored), "outdated");
  EXPECT_EQ(verdict(hasher({.memory_kib = 129, .time = 1}), stored), "outdated") << "less memory, though more work";
  EXPECT_EQ(verdict(hasher({.memory_kib = 64, .time = 5}), stored), "outdated") << "less work, though more memory";
  EXPECT_EQ(verdict(hasher({.memory_kib = 64, .time = 2}), stored), "yes");
  EXPECT_EQ(verdict(hasher({.memory_kib = 128, .time = 1}), stored), "yes");
  EXPECT_EQ(verdict(hasher({.memory_kib = 64, .time = 4}), stored), "yes") << "the work of it, and more memory";
  EXPECT_EQ(verdict(hasher({.memory_kib = 128, .time = 2, .parallelism = 2}), stored), "outdated");
  EXPECT_EQ(verdict(hasher({.memory_kib = 64, .time = 2, .parallelism = 2}), stored), "yes");
  EXPECT_EQ(verdict(hasher({.memory_kib = 256, .time = 2}), stored, "wrong"), "no");
}

TEST_F(PasswordHasherTest, OtherFormsOfArgon2AreOutdated) {
  // argon2-cffi 25.1.0 of "right": a short salt and tag, argon2i, version 16, and as Django writes it.
  EXPECT_EQ(verdict(hasher(), "$argon2id$v=19$m=128,t=2,p=1$MDEyMzQ1Njc$bVBeXaL5NmvBEyes+iokaw"), "outdated");
  EXPECT_EQ(verdict(hasher(),
                    "$argon2i$v=19$m=1024,t=9,p=1$MDEyMzQ1Njc4OWFiY2RlZg$Jac004WxbI2CWgpT0jIqJzDJ0/MvSa33Oj0C43mHFX0"),
            "outdated");
  EXPECT_EQ(verdict(hasher(),
                    "$argon2id$v=16$m=1024,t=9,p=1$MDEyMzQ1Njc4OWFiY2RlZg$9kX63mOaPDDNpitroY1zW2J8A76Rwp2vIgxb6uYv4uE"),
            "outdated");
  EXPECT_EQ(verdict(hasher(), "argon2$argon2id$v=19$m=128,t=2,p=1$MDEyMzQ1Njc$bVBeXaL5NmvBEyes+iokaw"), "outdated");
  EXPECT_EQ(verdict(hasher(), "argon2$argon2id$v=19$m=128,t=2,p=1$MDEyMzQ1Njc$bVBeXaL5NmvBEyes+iokaw", "wrong"), "no");
}

TEST_F(PasswordHasherTest, ARehashKeepsAGreaterCost) {  // CS Password Storage
  const auto strong = hash(hasher({.memory_kib = 256, .time = 3}));
  EXPECT_TRUE(hash(hasher(), strong).starts_with("$argon2id$v=19$m=256,t=3,p=1$"));
  EXPECT_TRUE(hash(hasher({.memory_kib = 512, .time = 2}), strong).starts_with("$argon2id$v=19$m=512,t=2,p=1$"));
  EXPECT_TRUE(hash(hasher(), "$2b$04$whatever").starts_with("$argon2id$v=19$m=128,t=2,p=1$"));
  const auto planted = "$argon2id$v=19$m=4194304,t=9,p=1" + strong.substr(strong.find("p=1") + 3);
  EXPECT_TRUE(hash(hasher(), planted).starts_with("$argon2id$v=19$m=128,t=2,p=1$"));
}

TEST_F(PasswordHasherTest, AHashOfAnotherSystemIsOutdated) {  // CS Password Storage
  // bcrypt 4.3.0 of "right".
  EXPECT_EQ(verdict(hasher(), "$2b$04$OcEd14xUFHFQnN7VDDmeo.G2pS/VW6ldEfHgUZRoGPoUptzgPFVwO"), "outdated");
  EXPECT_EQ(verdict(hasher(), "$2b$04$OcEd14xUFHFQnN7VDDmeo.G2pS/VW6ldEfHgUZRoGPoUptzgPFVwO", "wrong"), "no");
}

TEST_F(PasswordHasherTest, ThePepperGoesInAndItsKeyIdBesideIt) {  // 63B §3.1.1.2
  const auto stored = hash(hasher(kCost, pepper(0)));
  EXPECT_NE(stored.find("m=128,t=2,p=1,keyid=TbC/D+CF$"), std::string::npos) << stored;  // by Python's hmac: HKDF
  EXPECT_EQ(verdict(hasher(kCost, pepper(0)), stored), "yes");
  EXPECT_EQ(verdict(hasher(kCost, pepper(0)), stored, "wrong"), "no");
  auto unkeyed = stored;
  unkeyed.erase(unkeyed.find(",keyid="), 15);
  EXPECT_EQ(verdict(hasher(kCost, pepper(0)), unkeyed), "no") << "the pepper is in the tag";
}

TEST_F(PasswordHasherTest, AWrongOrMissingPepperFails) {  // 63B §3.1.1.2
  const auto stored = hash(hasher(kCost, pepper(0)));
  EXPECT_EQ(verdict(hasher(), stored), "no");
  EXPECT_EQ(verdict(hasher(kCost, pepper(1)), stored), "no");
  auto renamed = stored;
  const auto other = hash(hasher(kCost, pepper(1)));
  renamed.replace(renamed.find("keyid="), 14, other.substr(other.find("keyid="), 14));
  EXPECT_EQ(verdict(hasher(kCost, pepper(1)), renamed), "no");
}

TEST_F(PasswordHasherTest, AnOldPepperVerifiesAndIsReplaced) {  // 63B §3.1.1.2
  const auto stored = hash(hasher(kCost, pepper(0)));
  EXPECT_EQ(verdict(hasher(kCost, pepper(1, {0})), stored), "outdated");
  EXPECT_EQ(verdict(hasher({.memory_kib = 64, .time = 1}, pepper(1, {0})), stored), "outdated")
      << "at its greater cost";
  EXPECT_EQ(verdict(hasher(kCost, pepper(1, {0})), hash(hasher())), "outdated") << "without a pepper until now";
}

TEST_F(PasswordHasherTest, APepperIsNotTakenAway) {  // 63B §3.1.1.2
  const auto stored = hash(hasher(kCost, pepper(0)));
  EXPECT_EQ(verdict(hasher(kCost, pepper({}, {0})), stored), "yes");
  EXPECT_EQ(verdict(hasher({.memory_kib = 256, .time = 2}, pepper({}, {0})), stored), "yes");
}

TEST_F(PasswordHasherTest, WhatCannotBeVerifiedMatchesNothing) {  // ASVS 6.3.8, attack 30
  EXPECT_EQ(verdict(hasher(), std::nullopt), "no");
  EXPECT_EQ(verdict(hasher(), std::string(kNoPassword)), "no");
  EXPECT_EQ(verdict(hasher(), std::string(kNoPassword), "!"), "no");
  EXPECT_EQ(verdict(hasher(), "right"), "no");
  EXPECT_EQ(verdict(hasher(), ""), "no");
  EXPECT_EQ(verdict(hasher(), "$argon2id$v=19$m=4194304,t=1000000,p=255$MDEyMzQ1Njc$vFSS4gQw2rY17khjx+AYSQ"), "no");
}

std::string refusal(const PasswordHasher& hasher, std::string_view stored) {
  const auto checked = hasher.check(stored);
  return checked ? "ok" : checked.error().fields.at(0).code;
}

TEST_F(PasswordHasherTest, ChecksWhatAnImportBrings) {  // attack 30
  const std::string tag = "$MDEyMzQ1Njc$vFSS4gQw2rY17khjx+AYSQ";
  const auto bare = hasher();
  EXPECT_EQ(refusal(bare, "$argon2id$v=19$m=64,t=1,p=1" + tag), "ok");
  EXPECT_EQ(refusal(bare, "argon2$argon2id$v=19$m=64,t=1,p=1" + tag), "ok");
  EXPECT_EQ(refusal(bare, "$argon2id$v=19$m=4194304,t=1,p=1" + tag), "costly_hash");
  EXPECT_EQ(refusal(bare, "$argon2id$v=19$m=64,t=1,p=255" + tag), "costly_hash");
  EXPECT_EQ(refusal(bare, "$argon2id$v=19$m=64,t=1,p=1"), "malformed_hash");
  EXPECT_EQ(refusal(bare, "$argon2id$v=19$m=64,t=1,p=1,keyid=TbC/D+CF" + tag), "unknown_pepper");
  EXPECT_EQ(refusal(hasher(kCost, pepper(7, {0})), "$argon2id$v=19$m=64,t=1,p=1,keyid=TbC/D+CF" + tag), "ok");
  EXPECT_EQ(refusal(bare, "5f4dcc3b5aa765d61d8327deb882cf99"), "fast_hash");
}

TEST_F(PasswordHasherTest, WhoIsKnownWaitsForNoStranger) {  // ASVS 6.1.1
  const auto stored = hash(hasher());
  const auto either = [&](BusyPool& busy, HashingPool::Lane lane) {
    const PasswordHasher by(busy.pool, kCost, random_);
    return run_to_end(by.verify_either(Password(crypto::SecretBytes("right")), stored, std::nullopt, lane));
  };
  const auto one = [&](BusyPool& busy, HashingPool::Lane lane) {
    const PasswordHasher by(busy.pool, kCost, random_);
    return run_to_end(by.verify(Password(crypto::SecretBytes("right")), stored, lane));
  };
  BusyPool busy;
  EXPECT_EQ(either(busy, HashingPool::Lane::strangers).error().code, ErrorCode::overloaded);
  EXPECT_EQ(one(busy, HashingPool::Lane::strangers).error().code, ErrorCode::overloaded);
  const auto soon = busy.let_go_soon();
  EXPECT_TRUE(either(busy, HashingPool::Lane::known).has_value());
  BusyPool again;
  const auto again_soon = again.let_go_soon();
  EXPECT_TRUE(one(again, HashingPool::Lane::known).has_value());
}

TEST_F(PasswordHasherTest, PeppersChangeUnderAHasherInUse) {  // 63B §3.1.1.2, ASVS 11.2.2
  const auto generations = [](unsigned current, std::optional<unsigned> next, std::optional<unsigned> old) {
    crypto::KeyGenerations keys;
    keys.current = key(current);
    if (next) keys.next = key(*next);
    if (old) keys.old.push_back(key(*old));
    return keys;
  };
  const crypto::RotatingKey peppers(generations(1, {}, {}));
  const PasswordHasher by(
      pool_, kCost, random_,
      crypto::Derived<Pepper>(peppers, [](const crypto::KeyGenerations& all) { return Pepper(all); }));
  const auto before = hash(by);
  peppers.replace(generations(1, 2, {}));
  EXPECT_EQ(verdict(by, hash(hasher(kCost, pepper(2)))), "outdated") << "an instance that is ahead made it";
  peppers.replace(generations(2, {}, 1));
  EXPECT_EQ(verdict(by, before), "outdated");
  EXPECT_EQ(verdict(by, hash(by)), "yes");
  peppers.replace(generations(2, {}, {}));
  EXPECT_EQ(verdict(by, before), "no");
}

}  // namespace
}  // namespace secureauth::passwords
