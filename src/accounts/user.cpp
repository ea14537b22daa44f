#include "accounts/user.hpp"

#include <stdexcept>

namespace secureauth::accounts {

std::string_view to_text(Role role) {
  switch (role) {
    case Role::user:
      return "user";
    case Role::staff:
      return "staff";
    case Role::admin:
      return "admin";
  }
  throw std::logic_error("unknown role");
}

std::string_view to_text(Status status) {
  return status == Status::active ? "active" : "disabled";
}

std::string_view to_text(PasswordMustChange reason) {
  switch (reason) {
    case PasswordMustChange::initial:
      return "initial";
    case PasswordMustChange::staff:
      return "staff";
    case PasswordMustChange::compromised:
      return "compromised";
  }
  throw std::logic_error("unknown reason");
}

std::optional<Role> role_from(std::string_view text) {
  for (const auto role : {Role::user, Role::staff, Role::admin}) {
    if (to_text(role) == text) return role;
  }
  return std::nullopt;
}

Status status_from(std::string_view text) {
  for (const auto status : {Status::active, Status::disabled}) {
    if (to_text(status) == text) return status;
  }
  throw std::logic_error("unknown status in the database");
}

PasswordMustChange password_must_change_from(std::string_view text) {
  using enum PasswordMustChange;
  for (const auto reason : {initial, staff, compromised}) {
    if (to_text(reason) == text) return reason;
  }
  throw std::logic_error("unknown reason to change a password in the database");
}

bool is_active_admin(const User& user) {
  return user.role == Role::admin && user.status == Status::active;
}

std::string serial_subject(const UserId& id) {
  return "user:" + id.text();
}

}  // namespace secureauth::accounts
