#include "cli/recorded_ceremony.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace secureauth::cli {
namespace {

namespace json = boost::json;

const Timestamp kNow = from_rfc3339("2026-01-01T00:00:00Z");

const json::object& document() {
  static const auto parsed = [] {
    std::ifstream file(SECUREAUTH_WEBAUTHN_VECTORS);
    return json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  }();
  return parsed.as_object();
}

json::object vector_of(std::string_view id) {
  for (const auto& one : document().at("cases").as_array()) {
    if (one.at("id").as_string() == id) return one.as_object();
  }
  throw std::out_of_range(std::string(id));
}

/// A vector with members changed, `policy` among them.
json::object recording(std::string_view id, const json::object& changes = {}) {
  auto made = vector_of(id);
  for (const auto& [name, value] : changes) made[name] = value;
  return made;
}

RecordedVerdict judge(const json::object& recorded, Timestamp now = kNow) {
  return judge_recording(json::serialize(recorded), now);
}

std::string unreadable(const json::object& recorded) {
  try {
    (void)judge(recorded);
  } catch (const UnreadableRecording& fault) {
    return fault.what();
  }
  return {};
}

std::int64_t failed_step(const RecordedVerdict& verdict) {
  return verdict.valid ? 0 : verdict.report.at("step").as_int64();
}

constexpr auto kRegistration = "none-es256/registration";
constexpr auto kAssertion = "none-es256/authentication";
constexpr auto kCertified = "packed-es256/registration";

json::object direct() {
  return {{"attestation", "direct"}, {"trust_roots_der", json::array{document().at("trust_root_der")}}};
}

TEST(RecordedCeremonyTest, TellsWhatAValidRegistrationHolds) {  // WA §7.1
  const auto verdict = judge(recording(kCertified, {{"policy", direct()}}));
  EXPECT_TRUE(verdict.valid);
  const auto expected = json::parse(R"({"verdict": "valid", "ceremony": "registration", "format": "packed",
      "attestation_type": "certified", "trusted": true, "aaguid": "876ca4f5-2071-c3e9-b255-09ef2cdf7ed6",
      "algorithm": "ES256", "flags": {"UP": true, "UV": true, "BE": true, "BS": false}, "sign_count": 0})");
  for (const auto& [name, value] : expected.as_object()) EXPECT_EQ(verdict.report.at(name), value) << name;
}

TEST(RecordedCeremonyTest, TellsTheStepThatRefuses) {  // WA §7.2 step 11
  const auto verdict = judge(recording(kAssertion, {{"challenge", "AAAA"}}));
  EXPECT_FALSE(verdict.valid);
  EXPECT_EQ(verdict.report.at("ceremony"), "authentication");
  EXPECT_EQ(verdict.report.at("step"), 11);
  EXPECT_EQ(verdict.report.at("step_name"), "challenge");
  EXPECT_FALSE(verdict.report.at("detail").as_string().empty());
}

TEST(RecordedCeremonyTest, TakesTheOriginFromThePolicyOrTheRpId) {  // WA §7.1 step 9
  EXPECT_EQ(failed_step(judge(recording(kRegistration, {{"origin", "https://elsewhere.example"}}))), 0);
  const json::object elsewhere{{"origins", json::array{"https://elsewhere.example"}}};
  EXPECT_EQ(failed_step(judge(recording(kRegistration, {{"policy", elsewhere}}))), 9);
  const json::object none{{"origins", json::array{}}};
  EXPECT_EQ(failed_step(judge(recording(kRegistration, {{"policy", none}}))), 9);
}

TEST(RecordedCeremonyTest, TakesBackupEligibilityAsStoredOrAsSent) {  // WA §7.2 step 19
  EXPECT_EQ(failed_step(judge(recording(kAssertion))), 0);
  EXPECT_EQ(failed_step(judge(recording(kAssertion, {{"stored_backup_eligible", true}}))), 0);
  EXPECT_EQ(failed_step(judge(recording(kAssertion, {{"stored_backup_eligible", false}}))), 19);
}

TEST(RecordedCeremonyTest, TakesTheOwnerAsStoredOrAsSent) {  // WA §7.2 step 6
  EXPECT_EQ(failed_step(judge(recording(kAssertion, {{"user_handle", "AAAA"}}))), 0);
  EXPECT_EQ(failed_step(judge(recording(kAssertion, {{"user_handle", "AAAA"}, {"stored_user_handle", "AAAA"}}))), 0);
  EXPECT_EQ(failed_step(judge(recording(kAssertion, {{"user_handle", "AAAA"}, {"stored_user_handle", "BBBB"}}))), 6);
}

TEST(RecordedCeremonyTest, JudgesCertificatesAtThePolicysTimeOrNow) {  // WA §7.1 step 24
  const auto later = from_rfc3339("3025-01-01T00:00:00Z");
  auto policy = direct();
  EXPECT_EQ(failed_step(judge(recording(kCertified, {{"policy", policy}}), later)), 24);
  policy["time"] = "2026-01-01T00:00:00Z";
  EXPECT_EQ(failed_step(judge(recording(kCertified, {{"policy", policy}}), later)), 0);
}

TEST(RecordedCeremonyTest, RefusesWhatABrowserSentAtItsStep) {  // WA §7.1 steps 5, 13
  EXPECT_EQ(failed_step(judge(recording(kRegistration, {{"client_data_json", "?"}}))), 5);
  EXPECT_EQ(failed_step(judge(recording(kRegistration, {{"attestation_object", "AAAA"}}))), 13);
}

TEST(RecordedCeremonyTest, SaysWhichMemberItCannotRead) {
  EXPECT_EQ(unreadable(recording(kRegistration, {{"challenge", "a b"}})), "challenge is not base64url without padding");
  EXPECT_EQ(unreadable(recording(kRegistration, {{"attestation_object", nullptr}})), "attestation_object is missing");
  EXPECT_EQ(unreadable(recording(kAssertion, {{"stored_sign_count", 4294967296}})),
            "stored_sign_count must be a whole number below 2^32");
  EXPECT_EQ(unreadable(recording(kAssertion, {{"policy", {{"user_verification", "x"}}}})),
            "policy.user_verification is none of the words it may be");
}

TEST(RecordedCeremonyTest, ReadsTheFrameWhateverTheResponseHolds) {
  const json::object both{{"client_data_json", "?"}, {"credential_public_key", nullptr}};
  EXPECT_EQ(unreadable(recording(kAssertion, both)), "credential_public_key is missing");
}

}  // namespace
}  // namespace secureauth::cli
