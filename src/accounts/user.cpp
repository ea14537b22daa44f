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

std::string serial_subject(const UserId& id) {
  return "user:" + id.text();
}

}  // namespace secureauth::accounts
