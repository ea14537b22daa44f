#include "admin/permissions.hpp"

#include <gtest/gtest.h>

#include <set>

namespace secureauth::admin {
namespace {

using accounts::Role;
using accounts::Status;
using sessions::Proof;

accounts::User user_of(Role role, Status status = Status::active) {
  return {.id = {}, .email = {}, .name = {}, .role = role, .status = status, .created_at = {}};
}

TEST(Permissions, EachHasOneRuleAndANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Permission::delete_users); ++i) {
    names.insert(rule_of(static_cast<Permission>(i)).name);
  }
  EXPECT_EQ(names.size(), kPermissions.size());
}

TEST(Permissions, NobodyBelowStaffHoldsAnyAndNoStaffMayWrite) {  // ASVS 8.4.2
  for (const auto& rule : kPermissions) {
    EXPECT_FALSE(holds(user_of(Role::user), rule.permission)) << rule.name;
    EXPECT_TRUE(holds(user_of(Role::admin), rule.permission)) << rule.name;
    const bool writes = rule.effect == Effect::writes;
    EXPECT_FALSE(writes && holds(user_of(Role::staff), rule.permission)) << rule.name;
  }
  EXPECT_TRUE(holds(user_of(Role::staff), Permission::read_users));
  EXPECT_TRUE(holds(user_of(Role::staff), Permission::read_audit));
}

TEST(Permissions, ADisabledAccountHoldsNone) {  // ASVS 7.4.2
  for (const auto& rule : kPermissions) {
    EXPECT_FALSE(holds(user_of(Role::admin, Status::disabled), rule.permission)) << rule.name;
  }
}

TEST(Permissions, EachAsksForASecondFactorAndAWriteForAFreshOne) {  // ASVS 6.3.3, 7.5.3
  for (const auto& rule : kPermissions) {
    const auto access = access_for(rule.permission);
    EXPECT_EQ(access.aal, 2) << rule.name;
    EXPECT_EQ(access.role, rule.least) << rule.name;
    EXPECT_EQ(access.proof, rule.effect == Effect::writes ? Proof::stepped_up : Proof::any) << rule.name;
    EXPECT_FALSE(access.while_enrolling) << rule.name;
    EXPECT_TRUE(access.text().ends_with(rule.name)) << access.text();
  }
}

}  // namespace
}  // namespace secureauth::admin
