#include "forward_auth/requirement.hpp"

#include <gtest/gtest.h>

namespace secureauth::forward_auth {
namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;
using std::chrono::seconds;

TEST(RequirementTest, NothingAsksForASessionAlone) {
  const auto read = Requirement::read({});
  EXPECT_EQ(read->aal, 1);
  EXPECT_EQ(read->role, accounts::Role::user);
  EXPECT_EQ(read->max_age, std::nullopt);
  EXPECT_EQ(read->audience, std::nullopt);
  EXPECT_FALSE(read->redirects);
}

TEST(RequirementTest, EachParameterIsRead) {
  const auto read = Requirement::read(
      {{"aal", "2"}, {"max_age", "300"}, {"role", "staff"}, {"token", "reports"}, {"sign_in", "redirect"}});
  EXPECT_EQ(read->aal, 2);
  EXPECT_EQ(read->role, accounts::Role::staff);
  EXPECT_EQ(read->max_age, seconds(300));
  EXPECT_EQ(read->audience, "reports");
  EXPECT_TRUE(read->redirects);
}

TEST(RequirementTest, WhatIsMistypedLetsNobodyIn) {  // fail closed: ASVS 8.2.1
  for (const auto& [name, value] : {std::pair("roel", "staff"),
                                    {"Role", "staff"},
                                    {"role", "Staff"},
                                    {"role", ""},
                                    {"role", "staff,admin"},
                                    {"aal", "0"},
                                    {"aal", "3"},
                                    {"aal", "02"},
                                    {"aal", "2 "},
                                    {"aal", "two"},
                                    {"aal", ""},
                                    {"max_age", "0"},
                                    {"max_age", "-1"},
                                    {"max_age", "+300"},
                                    {"max_age", "300s"},
                                    {"max_age", "99999999999999"},
                                    {"token", ""},
                                    {"sign_in", "yes"},
                                    {"sign_in", ""},
                                    {"", ""},
                                    {"rd", "/"}}) {
    const auto read = Requirement::read({{name, value}});
    ASSERT_FALSE(read) << name << '=' << value;
    EXPECT_EQ(read.error().code, ErrorCode::invalid_request);
  }
}

}  // namespace
}  // namespace secureauth::forward_auth
