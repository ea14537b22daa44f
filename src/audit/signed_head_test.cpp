#include "audit/signed_head.hpp"

#include "audit/audit_fixture.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace secureauth::audit {
namespace {

using Verdict = HeadVerifier::Verdict;

const AuditKeys& foreign_keys() {
  static const AuditKeys keys(crypto::SecretBytes("another key of thirty-two bytes!"), {});
  return keys;
}

SignedHead some_head(const AuditKeys& keys = keys_for_tests()) {
  return HeadSigner(keys).sign(
      {.tree_size = 42, .root = crypto::sha256({}), .sealed_at = from_rfc3339("2026-01-31T12:00:00.250000Z")});
}

TEST(SignedHeadTest, SignsTheTextThatTheDocumentsShow) {  // docs/audit.md
  EXPECT_EQ(signed_text(some_head().head, "0a1b2c3d"),
            "secureauth audit head v1\n42\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
            "2026-01-31T12:00:00.250000Z\n0a1b2c3d\n");
}

TEST(SignedHeadTest, EveryPartIsCoveredByTheSignature) {  // ASVS 16.4.2
  const HeadVerifier verifier(keys_for_tests());
  const auto head = some_head();
  ASSERT_EQ(verifier.check(head), Verdict::right);
  auto other = head;
  other.head.tree_size = 43;
  EXPECT_EQ(verifier.check(other), Verdict::wrong);
  other = head;
  other.head.root[0] ^= std::byte{1};
  EXPECT_EQ(verifier.check(other), Verdict::wrong);
  other = head;
  other.head.sealed_at += std::chrono::microseconds(1);
  EXPECT_EQ(verifier.check(other), Verdict::wrong);
  other = head;
  other.key_id = "00000000";
  EXPECT_EQ(verifier.check(other), Verdict::foreign_key);
}

TEST(SignedHeadTest, AForeignKeyIsToldFromAWrongSignature) {  // ASVS 16.4.2
  const HeadVerifier verifier(keys_for_tests());
  auto foreign = some_head(foreign_keys());
  EXPECT_EQ(verifier.check(foreign), Verdict::foreign_key);
  foreign.key_id = some_head().key_id;
  EXPECT_EQ(verifier.check(foreign), Verdict::wrong);
}

TEST(SignedHeadTest, AFormerKeyStillVerifies) {
  std::vector<crypto::SecretBytes> old;
  old.emplace_back(32);
  const AuditKeys rotated(crypto::SecretBytes("another key of thirty-two bytes!"), old);
  EXPECT_EQ(HeadVerifier(rotated).check(some_head()), Verdict::right);
  EXPECT_EQ(HeadVerifier(rotated).check(some_head(rotated)), Verdict::right);
}

TEST(SignedHeadTest, APublicKeyAloneVerifies) {
  const auto key = HeadVerifier(keys_for_tests()).known().front().key;
  EXPECT_EQ(HeadVerifier({key}).check(some_head()), Verdict::right);
  EXPECT_EQ(HeadVerifier({key}).check(some_head(foreign_keys())), Verdict::wrong);
}

TEST(SignedHeadTest, IsReadAsItWasWritten) {
  const auto head = some_head();
  EXPECT_EQ(head_from_text(boost::json::serialize(as_json(head))).value(), head);
}

TEST(SignedHeadTest, RefusesWhatIsNoHead) {
  for (const auto* name : {"version", "tree_size", "root_hash", "sealed_at", "key_id", "signature"}) {
    auto json = as_json(some_head());
    json.erase(name);
    EXPECT_FALSE(head_from(json)) << name;
    json[name] = "x";
    EXPECT_FALSE(head_from(json)) << name;
  }
  auto json = as_json(some_head());
  json["sealed_at"] = "2026-01-31T12:00:00.25Z";  // the same time, but not what was signed
  EXPECT_FALSE(head_from(json));
  EXPECT_FALSE(head_from_text("[]"));
  EXPECT_FALSE(head_from_text(""));
}

}  // namespace
}  // namespace secureauth::audit
