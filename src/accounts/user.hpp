#pragma once

#include "core/clock.hpp"
#include "core/id.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::accounts {

enum class Role { user, staff, admin };
enum class Status { active, disabled };

/// An account whose mailbox is proven, as other features and the command line see it.
struct User {
  UserId id;
  std::string email;
  std::optional<std::string> name;
  bool email_verified = false;
  Role role = Role::user;
  Status status = Status::active;
  Timestamp created_at;
};

[[nodiscard]] std::string_view to_text(Role role);
[[nodiscard]] std::string_view to_text(Status status);
[[nodiscard]] std::optional<Role> role_from(std::string_view text);

/// The subject (db::Transaction::serialize_on) of every transaction that changes an account or decides by its state.
[[nodiscard]] std::string serial_subject(const UserId& id);

/// Throws std::logic_error on anything but what to_text gives: the schema's CHECK allows nothing else.
[[nodiscard]] Status status_from(std::string_view text);

}  // namespace secureauth::accounts
