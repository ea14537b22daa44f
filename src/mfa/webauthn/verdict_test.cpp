#include "mfa/webauthn/verdict.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace secureauth::webauthn {
namespace {

TEST(StepName, TellsOneStepFromAnother) {
  for (const auto ceremony : {Ceremony::registration, Ceremony::authentication}) {
    const int last = ceremony == Ceremony::registration ? 26 : 22;
    std::set<std::string> names;
    for (int step = 3; step <= last; ++step) {
      EXPECT_FALSE(step_name(ceremony, step).empty()) << step;
      names.emplace(step_name(ceremony, step));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(last - 2));
    for (const int other : {-1, 0, 1, 2, last + 1, 1000}) EXPECT_EQ(step_name(ceremony, other), "") << other;
  }
}

TEST(StepName, IsTheSameWhereBothCeremoniesCheckTheSame) {
  for (const auto& [registration, authentication] : {std::pair{3, 3}, {5, 8}, {8, 11}, {9, 12}, {14, 15}, {18, 19}}) {
    EXPECT_EQ(step_name(Ceremony::registration, registration), step_name(Ceremony::authentication, authentication));
  }
  EXPECT_EQ(step_name(Ceremony::registration, 9), "origin");
  EXPECT_EQ(step_name(Ceremony::registration, 22), "attestation_statement");
  EXPECT_EQ(step_name(Ceremony::authentication, 22), "sign_count");
}

}  // namespace
}  // namespace secureauth::webauthn
