#include "admin/user_record.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::admin {
namespace {

const auto kNow = from_rfc3339("2026-01-02T03:04:05Z");

UserRecord record(const std::string& line) {
  return parse_user_record(line, kNow).value();
}

std::string refusal(const std::string& line) {
  const auto parsed = parse_user_record(line, kNow);
  return parsed ? "ok" : parsed.error().fields.at(0).message;
}

TEST(UserRecordTest, WhatIsMissingIsTheUsual) {
  const auto bare = record(R"({"email": "Ada@example.org", "password_hash": null})");
  EXPECT_EQ(bare.email.key(), "ada@example.org");
  EXPECT_EQ(bare.email_verified_at, kNow);
  EXPECT_EQ(bare.created_at, kNow);
  EXPECT_EQ(bare.role, accounts::Role::user);
  EXPECT_EQ(bare.status, accounts::Status::active);
  EXPECT_EQ(bare.locale, "en");
  EXPECT_FALSE(bare.id || bare.name || bare.password_hash || bare.password_must_change);
}

TEST(UserRecordTest, AVerifiedAddressIsVerifiedSinceItsAccountWasMade) {
  const std::string head = R"({"email": "a@example.org", "password_hash": null, "created_at": "2019-04-01T12:00:00Z")";
  const auto then = from_rfc3339("2019-04-01T12:00:00Z");
  EXPECT_EQ(record(head + "}").email_verified_at, then);
  EXPECT_EQ(record(head + R"(, "email_verified": true})").email_verified_at, then);
  EXPECT_EQ(record(head + R"(, "email_verified": false})").email_verified_at, std::nullopt);
  EXPECT_EQ(record(head + R"(, "email_verified_at": null})").email_verified_at, std::nullopt);
  EXPECT_EQ(record(head + R"(, "email_verified_at": "2020-01-01T00:00:00Z"})").email_verified_at,
            from_rfc3339("2020-01-01T00:00:00Z"));
}

TEST(UserRecordTest, WhatIsWrittenIsReadAgain) {
  const std::string line =
      R"({"id":"0198c0de-0000-7000-8000-000000000001","email":"ada@example.org",)"
      R"("email_verified_at":"2020-01-01T00:00:00.000000Z","name":"Ada \"L\"","password_hash":"$2b$12$x","role":"staff",)"
      R"("status":"disabled","created_at":"2019-04-01T12:00:00.500000Z","locale":"pt-BR","password_must_change":"staff"})";
  EXPECT_EQ(user_record_line(record(line)), line);
  const std::string bare = user_record_line(record(R"({"email": "a@example.org", "password_hash": null})"));
  EXPECT_EQ(user_record_line(record(bare)), bare);
}

TEST(UserRecordTest, AMistypedFieldDoesNotPassForAnAbsentOne) {
  EXPECT_EQ(refusal(R"({"email": "a@example.org", "password_hash": null, "passwordHash": "x"})"),
            "There is a field that no account has.");
}

TEST(UserRecordTest, ALocaleIsALanguageTagInForm) {
  const auto of = [](const std::string& locale) {
    return refusal(R"({"email": "a@example.org", "password_hash": null, "locale": ")" + locale + "\"}");
  };
  for (const auto* good : {"en", "de", "pt-BR", "zh-Hant-TW", "gsw"}) EXPECT_EQ(of(good), "ok") << good;
  for (const auto* bad :
       {"", "e", "en-", "-en", "en--US", "../en", "en_US", "abcdefghi", "en-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa"}) {
    EXPECT_EQ(of(bad), "The field locale is not a language tag such as en or pt-BR.") << bad;
  }
}

}  // namespace
}  // namespace secureauth::admin
