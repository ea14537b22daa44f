#include "accounts/profile.hpp"

#include "accounts/account_fixture.hpp"

namespace secureauth::accounts {
namespace {

class ProfileTest : public AccountFixture {
 protected:
  Result<User> rename(const sessions::SessionRef& session, std::optional<std::string> name) {
    return wait(profile_.rename(session, std::move(name), client_));
  }
  std::vector<std::string> recorded() {
    return select("SELECT subject_id FROM audit_logs WHERE event = 'user.profile_changed'");
  }

  Profile profile_{{.database = recorder_, .sessions = sessions_, .audit = audit_, .clock = clock_}};
};

TEST_F(ProfileTest, TheNextLookAtASessionShowsTheNewName) {
  const auto ann = add_account("ann@example.org");
  const auto opened = wait(sessions_.open({.user = ann, .amr = {"pwd"}, .client = client_})).value();
  const auto session = wait(sessions_.check(opened.token)).value();
  EXPECT_EQ(rename(session, "Ann Example").value().name, "Ann Example");
  EXPECT_EQ(sessions_.check_cached(opened.token), nullptr) << "what the cache held shows the former name";
  const auto again = wait(sessions_.check(opened.token)).value();
  EXPECT_EQ(again->id, session->id) << "nobody is signed out by a name";
  EXPECT_NE(again->profile.find("Ann Example"), std::string::npos);
  EXPECT_EQ(rename(again, std::nullopt).value().name, std::nullopt);
  EXPECT_NE(wait(sessions_.check(opened.token)).value()->profile.find(R"("name":null)"), std::string::npos);
}

TEST_F(ProfileTest, WhatChangesIsRecordedWithoutTheName) {  // ASVS 16.2.5, 16.3.1
  const auto ann = add_account("ann@example.org");
  const auto session = sign_in(ann);
  ASSERT_TRUE(rename(session, "Secret Agent"));
  EXPECT_EQ(recorded(), std::vector<std::string>{ann.id.text()});
  ASSERT_TRUE(rename(session, "Secret Agent"));
  EXPECT_EQ(recorded().size(), 1U) << "nothing changed";
  EXPECT_TRUE(select("SELECT id FROM audit_logs WHERE details LIKE '%Agent%'").empty());
}

TEST_F(ProfileTest, AnAccountThatHasGoneIsNotNamed) {
  const auto session = sign_in(add_account("ann@example.org"));
  ASSERT_TRUE(wait(deletion_(session, client_)));
  EXPECT_EQ(rename(session, "Ann").error().code, ErrorCode::unauthenticated);
  EXPECT_TRUE(recorded().empty());
}

}  // namespace
}  // namespace secureauth::accounts
