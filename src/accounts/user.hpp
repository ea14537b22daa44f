#pragma once

#include "core/clock.hpp"
#include "core/id.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::accounts {

enum class Role { user, staff, admin };
enum class Status { active, disabled };

/// Why a password is good for nothing but to be replaced: an operator chose it, staff said so, or attackers have it.
enum class PasswordMustChange { initial, staff, compromised };

/// A way to prove who one is, by the name that it has in the API. Beside the password they are second factors,
/// strongest first; a recovery code stands in for another and goes with the last of those.
enum class Factor { password, webauthn, totp, recovery_code };

/// An account whose mailbox is proven, as other features and the command line see it.
struct User {
  UserId id;
  std::string email;
  std::optional<std::string> name;
  bool email_verified = false;
  Role role = Role::user;
  Status status = Status::active;
  Timestamp created_at;
  std::string locale = "en";                                    ///< language of mails to the owner
  std::optional<PasswordMustChange> password_must_change = {};  ///< set: nobody signs in before a reset
  std::vector<Factor> second_factors = {};                      ///< strongest first; never `password`
  bool must_enrol_factor = false;  ///< its factors were taken away: nothing else is open before it has another

  [[nodiscard]] bool has_second_factor() const { return !second_factors.empty(); }
  [[nodiscard]] bool has(Factor factor) const;
};

/// An account, and the canonical form of its address.
struct Account {
  User user;
  std::string email_key;
};

[[nodiscard]] std::string_view to_text(Role role);
[[nodiscard]] std::string_view to_text(Status status);
[[nodiscard]] std::string_view to_text(PasswordMustChange reason);
[[nodiscard]] std::string_view to_text(Factor factor);
/// `totp recovery_code`
[[nodiscard]] std::string to_text(const std::vector<Factor>& factors);
[[nodiscard]] std::optional<Role> role_from(std::string_view text);
[[nodiscard]] std::optional<Status> known_status(std::string_view text);

/// The subject (db::Transaction::serialize_on) of every transaction that changes an account or decides by its state.
[[nodiscard]] std::string serial_subject(const UserId& id);

/// The subject of every transaction that decides by who else is an admin: two who go at once must not both go.
inline constexpr std::string_view kAdministration = "user administration";

/// Somebody who can administer now: one who must change the password first still can, by a mailed link.
[[nodiscard]] bool is_active_admin(const User& user);

/// They throw std::logic_error on anything but what to_text gives: the schema's CHECK allows nothing else.
[[nodiscard]] Status status_from(std::string_view text);
[[nodiscard]] PasswordMustChange password_must_change_from(std::string_view text);
[[nodiscard]] Factor factor_from(std::string_view text);
[[nodiscard]] std::vector<Factor> factors_from(std::string_view text);

}  // namespace secureauth::accounts
