#include "tokens/recent_tokens.hpp"

#include "core/clock_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::tokens {
namespace {

using std::chrono::seconds;

class RecentTokensTest : public testing::Test {
 protected:
  sessions::Session session(const std::string& id = "s1") {
    sessions::Session made;
    made.id = SessionId(id);
    made.assurance = {.aal = 1, .amr = {"pwd"}, .auth_time = clock_.now()};
    return made;
  }
  void keep(const sessions::Session& of, const std::string& token) {
    recent_.keep(of, "reports", token, clock_.now() + seconds(150), clock_.now());
  }
  std::optional<std::string> found(const sessions::Session& of, const std::string& audience = "reports") {
    return recent_.find(of, audience, clock_.now());
  }

  SetClock clock_;
  RecentTokens recent_{160};
};

TEST_F(RecentTokensTest, GivesATokenAgainUntilItsRenewal) {
  const auto of = session();
  EXPECT_EQ(found(of), std::nullopt);
  keep(of, "t");
  EXPECT_EQ(found(of), "t");
  clock_.advance(seconds(149));
  EXPECT_EQ(found(of), "t");
  clock_.advance(seconds(1));
  EXPECT_EQ(found(of), std::nullopt);
}

TEST_F(RecentTokensTest, OneIsForItsSessionAndAudience) {  // ASVS 9.2.3
  keep(session(), "t");
  EXPECT_EQ(found(session("s2")), std::nullopt);
  EXPECT_EQ(found(session(), "other"), std::nullopt);
}

TEST_F(RecentTokensTest, OneThatNoLongerHoldsIsNotGiven) {
  const auto of = session();
  keep(of, "t");
  auto promoted = of;
  promoted.user.role = accounts::Role::staff;
  EXPECT_EQ(found(promoted), std::nullopt);
  auto raised = of;
  raised.assurance.aal = 2;
  EXPECT_EQ(found(raised), std::nullopt);
  auto fresher = of;
  fresher.assurance.auth_time += seconds(1);
  EXPECT_EQ(found(fresher), std::nullopt);
  EXPECT_EQ(found(of), "t");
}

TEST_F(RecentTokensTest, MemoryIsBounded) {
  for (int i = 0; i < 10'000; ++i) keep(session("s" + std::to_string(i)), "t");
  int kept = 0;
  for (int i = 0; i < 10'000; ++i) kept += found(session("s" + std::to_string(i))) ? 1 : 0;
  EXPECT_LE(kept, 160);
  EXPECT_EQ(found(session("s9999")), "t");
}

}  // namespace
}  // namespace secureauth::tokens
