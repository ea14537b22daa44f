#include "protection/rate_limits.hpp"

#include "ephemeral/ephemeral_fixture.hpp"
#include "ephemeral/memory/memory_store.hpp"

#include <functional>

namespace secureauth::protection {
namespace {

using std::chrono::seconds;

RateLimitSettings defaults() {
  return {.usual = {50, seconds(600)},
          .sign_up = {5, seconds(60)},
          .login = {10, seconds(60)},
          .verify = {10, seconds(60)},
          .reset = {5, seconds(60)},
          .password_check = {60, seconds(60)},
          .exempt = {"/auth/me", "/auth/csrf"}};
}

class RateLimitsTest : public ephemeral::EphemeralFixture {
 protected:
  RateLimits::Counted address(std::string_view limit = "default", std::string from = "203.0.113.9") {
    return wait(limits_.count_address(limit, std::move(from)));
  }
  RateLimits::Counted session(const std::string& id = "s1", std::string_view limit = "default",
                              const std::string& user = "u1") {
    return wait(limits_.count_session(limit, UserId(user), SessionId(id)));
  }
  static int allowed_of(int tries, const std::function<RateLimits::Counted()>& count) {
    int allowed = 0;
    for (int i = 0; i < tries; ++i) allowed += count().refusal ? 0 : 1;
    return allowed;
  }

  ephemeral::MemoryStore store_{clock_};
  RateLimits limits_{store_, defaults()};
};

TEST_F(RateLimitsTest, ARouteUnderAuthCountsAgainstItsOwnLimitOrTheDefault) {
  EXPECT_EQ(limits_.limit_of(false, "/auth/login", RateLimits::kLogin), "login");
  EXPECT_EQ(limits_.limit_of(false, "/auth/logout", ""), "default");
  EXPECT_EQ(limits_.limit_of(true, "/health", ""), "");
  EXPECT_EQ(limits_.limit_of(true, "/admin/status", ""), "");
  EXPECT_THROW((void)limits_.limit_of(false, "/auth/login", "mistyped"), std::logic_error);
}

TEST_F(RateLimitsTest, OnlySafeMethodsOfExemptPathsAreExempt) {
  EXPECT_EQ(limits_.limit_of(true, "/auth/me", ""), "");
  EXPECT_EQ(limits_.limit_of(false, "/auth/me", ""), "default");
  EXPECT_EQ(limits_.limit_of(true, "/auth/me/export", ""), "default");
}

TEST_F(RateLimitsTest, ALimitOfItsOwnIsBesideTheDefault) {
  EXPECT_EQ(allowed_of(20, [&] { return address("login"); }), 10);
  const auto refused = address("login");
  ASSERT_TRUE(refused.refusal);
  EXPECT_EQ(refused.refusal->code, ErrorCode::rate_limited);
  EXPECT_EQ(refused.refusal->retry_after, seconds(6));
  EXPECT_EQ(refused.standing.name, "login");
  EXPECT_EQ(refused.standing.policy, R"("default";q=50;w=600, "login";q=10;w=60)");
  EXPECT_EQ(allowed_of(100, [&] { return address(); }), 40) << "what was allowed counted in the default, too";
}

TEST_F(RateLimitsTest, LimitsOfTheirOwnDoNotTouchEachOther) {
  EXPECT_EQ(allowed_of(20, [&] { return address("login"); }), 10);
  EXPECT_EQ(allowed_of(20, [&] { return address("register"); }), 5);
  EXPECT_EQ(allowed_of(20, [&] { return address("reset"); }), 5);
  EXPECT_EQ(allowed_of(20, [&] { return address("verify"); }), 10);
}

TEST_F(RateLimitsTest, ChecksOfPasswordsCountApart) {
  EXPECT_EQ(limits_.limit_of(false, "/auth/password/check", RateLimits::kPasswordCheck), "password-check");
  EXPECT_EQ(allowed_of(100, [&] { return address("password-check"); }), 60);
  EXPECT_EQ(address("password-check").standing.policy, R"("password-check";q=60;w=60)");
  EXPECT_EQ(allowed_of(100, [&] { return address(); }), 50) << "the default is whole";
}

TEST_F(RateLimitsTest, AnAddressIsItsNetwork) {
  EXPECT_EQ(allowed_of(5, [&] { return address("register", "2001:db8::1"); }), 5);
  EXPECT_TRUE(address("register", "2001:db8::ffff:2").refusal);
  EXPECT_FALSE(address("register", "2001:db8:0:1::1").refusal);
}

TEST_F(RateLimitsTest, TheStandingIsThatOfTheTightestLimit) {
  const auto first = address("login").standing;
  EXPECT_EQ(first.name, "login");
  EXPECT_EQ(first.left, 9);
  EXPECT_EQ(first.until_whole, seconds(6));
}

TEST_F(RateLimitsTest, ASessionHasTheDefaultForItself) {
  EXPECT_EQ(allowed_of(100, [&] { return session("s1"); }), 50);
  EXPECT_EQ(allowed_of(100, [&] { return session("s2"); }), 50);
  const auto told = session("s2").standing;
  EXPECT_EQ(told.name, "session");
  EXPECT_EQ(told.policy, R"("session";q=50;w=600, "account";q=200;w=600)");
}

TEST_F(RateLimitsTest, AnAccountHasFourTimesThatForAllItsSessions) {
  int allowed = 0;
  for (int i = 0; i < 10; ++i) {
    allowed += allowed_of(100, [&] { return session("s" + std::to_string(i)); });
  }
  EXPECT_EQ(allowed, 200);
  EXPECT_FALSE(session("s1", "default", "u2").refusal);
}

TEST_F(RateLimitsTest, OneSessionDoesNotUseUpWhatTheAccountHas) {
  EXPECT_EQ(allowed_of(1000, [&] { return session("stolen"); }), 50);
  EXPECT_EQ(allowed_of(1000, [&] { return session("owner"); }), 50);
}

TEST_F(RateLimitsTest, RecoveryCodesAreMadeAsOftenAsPasswordsAreResetByAnAccount) {
  int allowed = 0;
  for (int i = 0; i < 20; ++i) {
    const auto id = "s" + std::to_string(i);  // a step-up gives another session each time
    allowed += session(id, RateLimits::kRecoveryCodes).refusal ? 0 : 1;
  }
  EXPECT_EQ(allowed, 5);
  EXPECT_EQ(session("s", RateLimits::kRecoveryCodes).standing.name, "recovery-codes");
  EXPECT_EQ(address(RateLimits::kRecoveryCodes).standing.policy, R"("default";q=50;w=600)");
}

TEST_F(RateLimitsTest, WithoutADefaultALimitOfTheAccountIsStillTheAccounts) {
  auto settings = defaults();
  settings.usual = {};
  RateLimits limits(store_, settings);
  const auto used = [&](int session) {
    const SessionId id("s" + std::to_string(session));
    return wait(limits.count_session(RateLimits::kRecoveryCodes, UserId("u1"), id)).refusal.has_value();
  };
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(used(i));
  EXPECT_TRUE(used(5)) << "another session is no other account";
}

TEST_F(RateLimitsTest, WhatIsOffIsNotCountedAndNotTold) {
  auto settings = defaults();
  settings.usual = {};
  RateLimits limits(store_, settings);
  EXPECT_EQ(limits.limit_of(false, "/auth/logout", ""), "");
  EXPECT_EQ(limits.limit_of(false, "/auth/login", RateLimits::kLogin), "login");
  EXPECT_EQ(wait(limits.count_address("login", "a")).standing.policy, R"("login";q=10;w=60)");
  EXPECT_EQ(wait(limits.count_session("login", UserId("u"), SessionId("s"))).standing.policy, "");
  EXPECT_EQ(wait(limits.count_address(RateLimits::kRecoveryCodes, "a")).standing.policy, "");
  settings.login = {};
  const RateLimits none(store_, settings);
  EXPECT_EQ(none.limit_of(false, "/auth/login", RateLimits::kLogin), "");
}

}  // namespace
}  // namespace secureauth::protection
