#include "sessions/session_record.hpp"

#include <gtest/gtest.h>

namespace secureauth::sessions {
namespace {

SessionRecord record() {
  const Session session{.id = SessionId("0198c0de-0000-7000-8000-000000000001"),
                        .token_hash = {},
                        .user = {.id = UserId("0198c0de-0000-7000-8000-000000000002"),
                                 .email = "grüße@example.org",
                                 .name = "A \"name\"",
                                 .email_verified = true,
                                 .role = accounts::Role::staff,
                                 .status = accounts::Status::active,
                                 .created_at = from_rfc3339("2026-01-01T00:00:00.000001Z"),
                                 .locale = "de",
                                 .second_factors = {accounts::Factor::totp, accounts::Factor::recovery_code},
                                 .must_enrol_factor = true},
                        .assurance = {.aal = 2,
                                      .amr = {"pwd", "otp"},
                                      .auth_time = from_rfc3339("2026-01-02T00:00:00Z"),
                                      .stepped_up_at = from_rfc3339("2026-01-02T00:00:01Z")},
                        .created_at = from_rfc3339("2026-01-03T00:00:00Z"),
                        .expires_at = from_rfc3339("2026-01-04T00:00:00Z"),
                        .activity = std::make_shared<Activity>(),
                        .profile = {}};
  session.activity->last_used = 7;
  session.activity->persisted = 6;
  return {session, from_rfc3339("2026-01-05T00:00:00Z")};
}

TEST(SessionRecordTest, ComesBackAsItWas) {
  const auto before = record();
  const auto after = decode_record(encode(before), before.session.token_hash);
  ASSERT_TRUE(after);
  const auto& [session, read_at] = *after;
  EXPECT_EQ(session.id, before.session.id);
  EXPECT_EQ(session.user.id, before.session.user.id);
  EXPECT_EQ(session.user.email, before.session.user.email);
  EXPECT_EQ(session.user.name, before.session.user.name);
  EXPECT_TRUE(session.user.email_verified);
  EXPECT_EQ(session.user.role, accounts::Role::staff);
  EXPECT_EQ(session.user.status, accounts::Status::active);
  EXPECT_EQ(session.user.created_at, before.session.user.created_at);
  EXPECT_EQ(session.assurance.aal, 2);
  EXPECT_EQ(session.assurance.amr, before.session.assurance.amr);
  EXPECT_EQ(session.assurance.auth_time, before.session.assurance.auth_time);
  EXPECT_EQ(session.assurance.stepped_up_at, before.session.assurance.stepped_up_at);
  EXPECT_EQ(session.user.locale, "de");
  EXPECT_EQ(session.user.second_factors, before.session.user.second_factors);
  EXPECT_TRUE(session.user.must_enrol_factor);
  EXPECT_EQ(session.created_at, before.session.created_at);
  EXPECT_EQ(session.expires_at, before.session.expires_at);
  EXPECT_EQ(session.activity->last_used, 6);  // what the record store knows, not what one process saw
  EXPECT_EQ(read_at, before.read_at);
  EXPECT_EQ(session.profile, compose_profile(before.session.user, before.session.assurance));
}

TEST(SessionRecordTest, AnotherVersionOrShapeIsNothing) {
  auto other = encode(record());
  other.replace(other.find("\"v\":4"), 5, "\"v\":1");
  for (const std::string& text : {other, std::string(), std::string("[]"), std::string("{}"), std::string("{\"v\":4}"),
                                  encode(record()) + "x", encode(record()).substr(1)}) {
    EXPECT_FALSE(decode_record(text, {})) << text;
  }
}

}  // namespace
}  // namespace secureauth::sessions
