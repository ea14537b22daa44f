#include "accounts/user.hpp"

#include <algorithm>
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

std::string_view to_text(Factor factor) {
  switch (factor) {
    case Factor::password:
      return "password";
    case Factor::webauthn:
      return "webauthn";
    case Factor::totp:
      return "totp";
    case Factor::recovery_code:
      return "recovery_code";
  }
  throw std::logic_error("unknown factor");
}

std::string to_text(const std::vector<Factor>& factors) {
  std::string text;
  for (const auto factor : factors) text.append(text.empty() ? "" : " ").append(to_text(factor));
  return text;
}

std::optional<Role> role_from(std::string_view text) {
  for (const auto role : {Role::user, Role::staff, Role::admin}) {
    if (to_text(role) == text) return role;
  }
  return std::nullopt;
}

std::optional<Status> known_status(std::string_view text) {
  for (const auto status : {Status::active, Status::disabled}) {
    if (to_text(status) == text) return status;
  }
  return std::nullopt;
}

Status status_from(std::string_view text) {
  if (const auto status = known_status(text)) return *status;
  throw std::logic_error("unknown status in the database");
}

PasswordMustChange password_must_change_from(std::string_view text) {
  using enum PasswordMustChange;
  for (const auto reason : {initial, staff, compromised}) {
    if (to_text(reason) == text) return reason;
  }
  throw std::logic_error("unknown reason to change a password in the database");
}

Factor factor_from(std::string_view text) {
  for (const auto factor : {Factor::password, Factor::webauthn, Factor::totp, Factor::recovery_code}) {
    if (to_text(factor) == text) return factor;
  }
  throw std::logic_error("unknown factor in the database");
}

std::vector<Factor> factors_from(std::string_view text) {
  std::vector<Factor> factors;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    factors.push_back(factor_from(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return factors;
}

bool User::has(Factor factor) const {
  return std::ranges::find(second_factors, factor) != second_factors.end();
}

bool is_active_admin(const User& user) {
  return user.role == Role::admin && user.status == Status::active;
}

std::string serial_subject(const UserId& id) {
  return "user:" + id.text();
}

}  // namespace secureauth::accounts
