#include "mfa/webauthn/attestation.hpp"
#include "mfa/webauthn/certificate_fixture.hpp"
#include "mfa/webauthn/trust_roots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace secureauth::webauthn {
namespace {

using enum AttestationConveyance;

const Aaguid kModel = aaguid_from("0a1b2c3d-0000-4000-8000-00000000000f").value();
const Aaguid kOther = aaguid_from("0a1b2c3d-0000-4000-8000-000000000010").value();

/// Knows one model by its AAGUID, and by a zero one whatever has a path, or only these certificates.
class OneModel final : public TrustSource {
 public:
  explicit OneModel(AuthenticatorModel model, std::vector<Certificate> known = {})
      : model_(std::move(model)), known_(std::move(known)) {}
  [[nodiscard]] std::optional<AuthenticatorModel> find(const Aaguid& aaguid,
                                                       std::span<const Certificate> path) const override {
    const bool is_known = is_zero(aaguid) ? std::ranges::any_of(path, by_certificate()) : aaguid == kModel;
    return is_known ? std::optional(model_) : std::nullopt;
  }

 private:
  [[nodiscard]] std::function<bool(const Certificate&)> by_certificate() const {
    return [this](const Certificate& one) {
      const auto same = [&one](const Certificate& other) { return other.der() == one.der(); };
      return known_.empty() || std::ranges::any_of(known_, same);
    };
  }

  AuthenticatorModel model_;
  std::vector<Certificate> known_;
};

class AttestationPolicyTest : public testing::Test {
 protected:
  Verdict<Judgement> judge(const Attestation& attestation, const Aaguid& aaguid = kModel) {
    return judge_attestation(attestation, aaguid, policy_, from_rfc3339("2026-06-01T00:00:00Z"));
  }
  /// 0: accepted and trusted; 1: accepted; else the step that fails.
  int outcome(const Attestation& attestation, const Aaguid& aaguid = kModel) {
    const auto verdict = judge(attestation, aaguid);
    if (!verdict) return verdict.error().step;
    return verdict->trusted ? 0 : 1;
  }
  static Attestation certified(std::vector<Certificate> path) {
    return {.type = AttestationType::certified, .format = "packed", .path = std::move(path)};
  }

  Issued root_ = issue(authority("Root"));
  Issued foreign_ = issue(authority("Foreign root"));
  OneModel trust_{{.description = "Model", .roots = {root_.certificate}, .fault = {}}};
  AttestationPolicy policy_{.conveyance = direct, .trust = &trust_};
  Attestation known_ = certified({issue({}, &root_).certificate});
  Attestation unknown_ = certified({issue({}, &foreign_).certificate});
  Attestation self_{.type = AttestationType::self, .format = "packed", .path = {}};
  Attestation none_{.type = AttestationType::none, .format = "none", .path = {}};
};

// WA §7.1 step 24
TEST_F(AttestationPolicyTest, DirectNeedsAChainToARootOfTheMetadata) {
  for (const auto conveyance : {direct, enterprise}) {
    policy_.conveyance = conveyance;
    EXPECT_EQ(outcome(known_), 0);
    EXPECT_EQ(outcome(unknown_), 24);
    EXPECT_EQ(outcome(self_), 24);
    EXPECT_EQ(outcome(none_), 24);
  }
}

// WA §7.1 step 24
TEST_F(AttestationPolicyTest, IndirectLooksForAChainAndNeedsNone) {
  policy_.conveyance = indirect;
  EXPECT_EQ(outcome(known_), 0);
  for (const auto& attestation : {unknown_, self_, none_}) EXPECT_EQ(outcome(attestation), 1);
}

// WA §7.1 step 24
TEST_F(AttestationPolicyTest, NoneNeedsNothing) {
  policy_.conveyance = AttestationConveyance::none;
  EXPECT_EQ(outcome(known_), 0);
  for (const auto& attestation : {unknown_, self_, none_}) EXPECT_EQ(outcome(attestation), 1);
  policy_.trust = nullptr;
  EXPECT_EQ(outcome(known_), 1);
}

// WA §7.1 step 23: roots come from the metadata alone
TEST_F(AttestationPolicyTest, RootThatIsSentVouchesForNobody) {
  const auto with_root = certified({issue({}, &foreign_).certificate, foreign_.certificate});
  EXPECT_EQ(outcome(with_root), 24);
  EXPECT_EQ(outcome(with_root, kOther), 23);  // a model of which the metadata know nothing
  policy_.trust = nullptr;
  EXPECT_EQ(outcome(with_root), 23);
  const OneModel rootless({.description = "Model", .roots = {}, .fault = {}});
  policy_.trust = &rootless;
  EXPECT_EQ(outcome(known_), 23);
}

// WA §7.1 step 24: no revoked status in the metadata, whatever is asked for
TEST_F(AttestationPolicyTest, ModelsWithAFaultAreRefusedUnderEveryPolicy) {
  const OneModel revoked({.description = "Model", .roots = {root_.certificate}, .fault = "REVOKED"});
  policy_.trust = &revoked;
  for (const auto conveyance : {AttestationConveyance::none, indirect, direct, enterprise}) {
    policy_.conveyance = conveyance;
    const auto verdict = judge(known_);
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().step, 24);
    EXPECT_NE(verdict.error().detail.find("REVOKED"), std::string::npos);
    EXPECT_EQ(outcome(none_), 24);  // who says that he is one of them is believed
  }
}

TEST_F(AttestationPolicyTest, ListsHoldUnderEveryPolicy) {
  for (const auto conveyance : {AttestationConveyance::none, indirect, direct}) {
    policy_ = {.conveyance = conveyance, .trust = &trust_, .allowed = {kModel}, .denied = {}};
    EXPECT_EQ(outcome(known_), 0);
    EXPECT_EQ(outcome(known_, kOther), 24);
    policy_ = {.conveyance = conveyance, .trust = &trust_, .allowed = {}, .denied = {kModel}};
    EXPECT_EQ(outcome(known_), 24);
    policy_.allowed = {kModel};  // and denied
    EXPECT_EQ(outcome(known_), 24);
  }
  EXPECT_NE(judge(known_).error().detail.find(to_text(kModel)), std::string::npos);
}

// FIDO2 CTAP §7.1: U2F has no AAGUIDs, so one that is claimed with it is not believed
TEST_F(AttestationPolicyTest, U2fIsKnownByItsCertificates) {
  auto u2f = known_;
  u2f.format = "fido-u2f";
  EXPECT_EQ(outcome(u2f, kOther), 0);  // found by the path, not by this AAGUID
  policy_.allowed = {kOther};
  EXPECT_EQ(outcome(u2f, kOther), 24);
  policy_.allowed = {Aaguid{}};
  EXPECT_EQ(outcome(u2f, kOther), 0);
}

// WA §8.6: what U2F signs is neither AAGUID nor flags, also where several such statements come together
TEST_F(AttestationPolicyTest, U2fInACompoundBringsNoAaguid) {
  auto u2f = known_;
  u2f.format = "fido-u2f";
  const Attestation compound{.type = AttestationType::certified, .format = "compound", .path = {}, .parts = {u2f, u2f}};
  const auto judged = judge(compound);
  ASSERT_TRUE(judged);
  EXPECT_TRUE(is_zero(judged->aaguid));
  EXPECT_FALSE(judged->flags_count);
  policy_.allowed = {kModel};
  EXPECT_EQ(outcome(compound), 24);
  policy_.allowed.clear();
  policy_.denied = {kModel};
  EXPECT_EQ(outcome(compound), 0);
  policy_.denied = {Aaguid{}};
  EXPECT_EQ(outcome(compound), 24);
}

// WA §8.6: nor is its certificate looked for under an AAGUID that another statement signs
TEST_F(AttestationPolicyTest, EachPartOfACompoundIsKnownByWhatItSigns) {
  auto u2f = certified({issue({}, &root_).certificate});
  u2f.format = "fido-u2f";
  const Attestation compound{
      .type = AttestationType::certified, .format = "compound", .path = {}, .parts = {known_, u2f}};
  const auto judged = judge(compound);
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->aaguid, kModel);
  EXPECT_TRUE(judged->flags_count && judged->trusted);
  const OneModel others({.description = "Model", .roots = {root_.certificate}, .fault = {}}, {foreign_.certificate});
  policy_.trust = &others;
  EXPECT_EQ(outcome(compound), 23);
  EXPECT_EQ(outcome(known_), 0);
}

// WA §7.1 step 23: a certificate that is sent along and vouches for nothing makes no model of anybody
TEST_F(AttestationPolicyTest, ModelIsKnownByTheChainThatVouches) {
  const auto clean = issue(authority("Of a model that is known"), &root_);
  const auto other = issue(authority("Of another"), &root_);
  const OneModel model({.description = "Model", .roots = {root_.certificate}, .fault = {}}, {clean.certificate});
  policy_.trust = &model;
  const auto leaf = issue({}, &other).certificate;
  EXPECT_EQ(outcome(certified({leaf, clean.certificate, other.certificate}), {}), 23);
  EXPECT_EQ(outcome(certified({issue({}, &clean).certificate, clean.certificate}), {}), 0);
}

// WA §8.9
TEST_F(AttestationPolicyTest, EveryPartOfACompoundLeadsToARoot) {
  Attestation compound{.type = AttestationType::certified, .format = "compound", .path = {}, .parts = {known_, known_}};
  EXPECT_EQ(outcome(compound), 0);
  compound.parts.push_back(unknown_);
  EXPECT_EQ(outcome(compound), 24);
  policy_.conveyance = indirect;
  EXPECT_EQ(outcome(compound), 1);
  compound.parts = {unknown_, known_};
  EXPECT_EQ(outcome(compound), 1);
}

TEST_F(AttestationPolicyTest, RootsMayVouchForEveryModel) {
  const TrustRoots roots({foreign_.certificate});
  policy_.trust = &roots;
  EXPECT_EQ(outcome(unknown_, kOther), 0);
  EXPECT_EQ(outcome(known_), 24);
}

}  // namespace
}  // namespace secureauth::webauthn
