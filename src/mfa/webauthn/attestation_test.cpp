#include "mfa/webauthn/attestation_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

namespace secureauth::webauthn {
namespace {

// WA §7.1 step 21
TEST(AttestationFormat, IsOneOfSeven) {
  for (const auto* format : {"none", "packed", "tpm", "android-key", "apple", "fido-u2f", "compound"}) {
    EXPECT_TRUE(check_format(format)) << format;
  }
}

// WA §7.1 step 21: matched case-sensitively
TEST(AttestationFormat, IsMatchedExactly) {
  for (const auto* format : {"Packed", "PACKED", "packed ", "pack", "", "unknown"}) {
    const auto verdict = check_format(format);
    ASSERT_FALSE(verdict) << format;
    EXPECT_EQ(verdict.error().step, 21);
    const FreshCredential credential;
    EXPECT_EQ(verify_statement(format, StatementSpec{}.cbor(), credential.subject()).error().step, 21) << format;
  }
}

TEST(AttestationFormat, SafetyNetIsObsolete) {
  const auto verdict = check_format("android-safetynet");
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().step, 21);
  EXPECT_NE(verdict.error().detail.find("obsolete"), std::string::npos);
}

TEST(AttestationFormat, TypesHaveNames) {
  EXPECT_EQ(to_text(AttestationType::none), "none");
  EXPECT_EQ(to_text(AttestationType::self), "self");
  EXPECT_EQ(to_text(AttestationType::certified), "certified");
}

class CompoundTest : public testing::Test {
 protected:
  Bytes self() {
    return StatementSpec{}
        .set("alg", written::integer(-7))
        .set("sig", written::bytes(sign(credential_.key(), credential_.signed_data())))
        .cbor();
  }
  Bytes certified() {
    const auto leaf = issue({}, &root_);
    return StatementSpec{}
        .set("alg", written::integer(-7))
        .set("sig", written::bytes(sign(leaf.key, credential_.signed_data())))
        .set("x5c", x5c({leaf.certificate}))
        .cbor();
  }
  static Bytes part(std::string_view format, const Bytes& statement) {
    return StatementSpec{}.set("fmt", written::text(format)).set("attStmt", statement).cbor();
  }
  std::string refused(const std::vector<Bytes>& parts) {
    return refusal("compound", written::array(parts), credential_);
  }

  FreshCredential credential_;
  Issued root_ = issue(authority("Root"));
};

TEST_F(CompoundTest, HoldsByAllItsParts) {
  const auto statement = written::array({part("packed", certified()), part("packed", certified())});
  const auto verdict = verify_statement("compound", statement, credential_.subject());
  ASSERT_TRUE(verdict) << verdict.error().detail;
  EXPECT_EQ(verdict->format, "compound");
  EXPECT_EQ(verdict->type, AttestationType::certified);
  ASSERT_EQ(verdict->parts.size(), 2U);
  EXPECT_EQ(verdict->parts[1].format, "packed");
  EXPECT_EQ(verdict->parts[1].path.size(), 1U);
}

TEST_F(CompoundTest, ProvesNoMoreThanItsWeakestPart) {
  const auto statement = written::array({part("packed", certified()), part("packed", self())});
  EXPECT_EQ(verify_statement("compound", statement, credential_.subject()).value().type, AttestationType::self);
}

// WA §8.9
TEST_F(CompoundTest, HasTwoPartsAtLeast) {
  const std::string few = "a compound is an array of two to four statements";
  EXPECT_EQ(refused({}), few);
  EXPECT_EQ(refused({part("packed", self())}), few);
  EXPECT_EQ(refused({part("packed", self()), part("none", StatementSpec{}.cbor())}), "");
  EXPECT_EQ(refusal("compound", part("packed", self()), credential_), few);  // a map
}

// SECURITY.md Part 3, attack 38
TEST_F(CompoundTest, HasFourPartsAtMost) {
  std::vector<Bytes> four;
  std::ranges::generate_n(std::back_inserter(four), 4, [this] { return part("packed", self()); });
  auto five = four;
  five.push_back(part("packed", self()));
  EXPECT_EQ(refused(four), "");
  EXPECT_EQ(refused(five), "a compound is an array of two to four statements");
}

// WA §8.9: every one verifies
TEST_F(CompoundTest, FailsWithAnyPart) {
  const auto wrong = StatementSpec{}
                         .set("alg", written::integer(-7))
                         .set("sig", written::bytes(sign(ec_key(), credential_.signed_data())))
                         .cbor();
  EXPECT_EQ(refused({part("packed", self()), part("packed", wrong)}), "the signature is not by the credential key");
  EXPECT_EQ(refused({part("packed", wrong), part("packed", self())}), "the signature is not by the credential key");
}

TEST_F(CompoundTest, HasNoPartTwice) {
  const auto one = part("packed", self());
  const auto other = part("packed", self());
  EXPECT_EQ(refused({one, other}), "");
  EXPECT_EQ(refused({one, one}), "the compound holds a statement twice");
  EXPECT_EQ(refused({one, other, one}), "the compound holds a statement twice");
}

// WA §8.9: none of them compound
TEST_F(CompoundTest, HasNoCompoundInIt) {
  const auto inner = written::array({part("none", StatementSpec{}.cbor()), part("none", StatementSpec{}.cbor())});
  EXPECT_EQ(refused({part("packed", self()), part("compound", inner)}), "a part of the compound is a compound");
}

TEST_F(CompoundTest, PartsAreOfKnownFormats) {
  EXPECT_EQ(refused({part("packed", self()), part("Packed", self())}),
            "the attestation statement's format is not supported");
}

TEST_F(CompoundTest, PartsAreMapsOfFormatAndStatement) {
  const std::string kOdd = "a part of the compound is not a map of fmt and attStmt";
  const auto right = part("packed", self());
  EXPECT_EQ(refused({right, written::integer(1)}), kOdd);
  EXPECT_EQ(refused({right, StatementSpec{}.set("fmt", written::text("none")).cbor()}), kOdd);
  EXPECT_EQ(refused({right, StatementSpec{}.set("attStmt", self()).cbor()}), kOdd);
  EXPECT_EQ(refused({right, StatementSpec{}
                                .set("fmt", written::text("packed"))
                                .set("attStmt", self())
                                .set("authData", written::bytes({}))
                                .cbor()}),
            kOdd);
}

}  // namespace
}  // namespace secureauth::webauthn
