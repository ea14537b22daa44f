#include "audit/audit_keys.hpp"

#include "crypto/digest.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace secureauth::audit {
namespace {

using Verdict = AuditKeys::Verdict;

crypto::SecretBytes key_of(char c) {
  return crypto::SecretBytes(std::string(32, c));
}

std::vector<crypto::SecretBytes> only(char c) {
  std::vector<crypto::SecretBytes> keys;
  keys.push_back(key_of(c));
  return keys;
}

// ASVS 16.4.2
TEST(AuditKeysTest, OnlyWhoHasTheKeyMakesAMac) {
  const AuditKeys mine(key_of('a'), {});
  const auto mac = mine.mac_of("an entry");
  EXPECT_EQ(mine.check("an entry", mac), Verdict::right);
  EXPECT_EQ(mine.check("another entry", mac), Verdict::wrong);
  auto forged = mac;
  forged.back() ^= std::byte{1};
  EXPECT_EQ(mine.check("an entry", forged), Verdict::wrong);
  EXPECT_EQ(mine.check("an entry", std::span(mac).first(mac.size() - 1)), Verdict::wrong);
  EXPECT_EQ(mine.check("an entry", {}), Verdict::wrong);
  EXPECT_EQ(mine.check("an entry", AuditKeys(key_of('b'), {}).mac_of("an entry")), Verdict::unknown_key);
}

TEST(AuditKeysTest, AFormerKeyVerifiesAndWritesNoMore) {
  const auto before = AuditKeys(key_of('a'), {}).mac_of("an entry");
  const AuditKeys after(key_of('b'), only('a'));
  EXPECT_EQ(after.check("an entry", before), Verdict::right);
  EXPECT_NE(after.mac_of("an entry"), before);
  EXPECT_EQ(AuditKeys(key_of('b'), {}).check("an entry", after.mac_of("an entry")), Verdict::right);
}

TEST(AuditKeysTest, EachKeySignsUnderAnIdOfItsOwn) {
  const AuditKeys keys(key_of('b'), only('a'));
  const auto current = AuditKeys::signer_of(key_of('b'));
  const auto old = AuditKeys::signer_of(key_of('a'));
  EXPECT_EQ(keys.current_id(), current.key_id);
  EXPECT_NE(current.key_id, old.key_id);
  EXPECT_FALSE(crypto::equal(current.seed.bytes(), old.seed.bytes()));
  EXPECT_EQ(old.key_id, AuditKeys(key_of('a'), {}).current_id());
}

TEST(AuditKeysTest, NoKeyIsNoAuditLog) {
  EXPECT_THROW(AuditKeys(crypto::SecretBytes(), {}), std::invalid_argument);
}

}  // namespace
}  // namespace secureauth::audit
