#pragma once

#include "accounts/user.hpp"
#include "sessions/assurance_policy.hpp"
#include "sessions/sessions.hpp"

#include <array>
#include <string_view>

namespace secureauth::admin {

/// What administration lets somebody do. Each route under /admin asks for one of these, and nothing else is asked for.
enum class Permission {
  check_status,
  read_users,
  read_audit,
  read_statistics,
  read_health,
  change_users,
  unlock_users,
  end_sessions,
  reset_factors,
  send_resets,
  demand_password_changes,
  delete_users,
};

enum class Effect { reads, writes };

struct PermissionRule {
  Permission permission{};
  std::string_view name;  ///< as `secureauth routes` and the contract show it
  accounts::Role least{};
  Effect effect{};
};

/// Who may do what; docs/security.md shows it line for line. A role holds what the roles below it hold.
/// Source: OWASP ASVS 5.0 8.1.1, 8.3.1, 8.4.2; docs/adr/0021-roles-and-permissions.md.
inline constexpr std::array kPermissions{
    PermissionRule{Permission::check_status, "admin:status", accounts::Role::admin, Effect::reads},
    PermissionRule{Permission::read_users, "users:read", accounts::Role::staff, Effect::reads},
    PermissionRule{Permission::read_audit, "audit:read", accounts::Role::staff, Effect::reads},
    PermissionRule{Permission::read_statistics, "statistics:read", accounts::Role::staff, Effect::reads},
    PermissionRule{Permission::read_health, "service:read", accounts::Role::staff, Effect::reads},
    PermissionRule{Permission::change_users, "users:change", accounts::Role::admin, Effect::writes},
    PermissionRule{Permission::unlock_users, "users:unlock", accounts::Role::admin, Effect::writes},
    PermissionRule{Permission::end_sessions, "users:end-sessions", accounts::Role::admin, Effect::writes},
    PermissionRule{Permission::reset_factors, "users:reset-mfa", accounts::Role::admin, Effect::writes},
    PermissionRule{Permission::send_resets, "users:send-reset", accounts::Role::admin, Effect::writes},
    PermissionRule{Permission::demand_password_changes, "users:demand-password-change", accounts::Role::admin,
                   Effect::writes},
    PermissionRule{Permission::delete_users, "users:delete", accounts::Role::admin, Effect::writes},
};

[[nodiscard]] const PermissionRule& rule_of(Permission permission);

/// Whether an account holds it now: the role is high enough, and the account is active.
[[nodiscard]] bool holds(const accounts::User& user, Permission permission);

/// The session of `token`, whose owner still holds it: for answers that last longer than the look at their beginning.
/// No use of the session. Fails as Sessions::check does, and with forbidden.
[[nodiscard]] net::awaitable<Result<sessions::SessionRef>> still_holding(sessions::Sessions& sessions,
                                                                         sessions::SessionToken token,
                                                                         Permission permission);

/// What a route that asks for it asks of a session: the role, a second factor in any case, and for a write a fresh
/// step-up (ASVS 7.5.3).
[[nodiscard]] sessions::Access access_for(Permission permission);

}  // namespace secureauth::admin
