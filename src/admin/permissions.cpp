#include "admin/permissions.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::admin {

const PermissionRule& rule_of(Permission permission) {
  const auto* found = std::ranges::find(kPermissions, permission, &PermissionRule::permission);
  if (found == kPermissions.end()) throw std::logic_error("a permission without a rule");
  return *found;
}

bool holds(const accounts::User& user, Permission permission) {
  return user.status == accounts::Status::active && user.role >= rule_of(permission).least;
}

net::awaitable<Result<sessions::SessionRef>> still_holding(sessions::Sessions& sessions, sessions::SessionToken token,
                                                           Permission permission) {
  auto session = co_await sessions.check(token);
  if (!session) co_return session.error();
  if (!holds((*session)->user, permission)) co_return ErrorCode::forbidden;
  co_return session;
}

sessions::Access access_for(Permission permission) {
  const auto& rule = rule_of(permission);
  return {.proof = rule.effect == Effect::writes ? sessions::Proof::stepped_up : sessions::Proof::any,
          .aal = 2,
          .role = rule.least,
          .permission = rule.name};
}

}  // namespace secureauth::admin
