#pragma once

#include "accounts/email_address.hpp"
#include "accounts/user.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::admin {

/// An account as `user import` takes it and `user export` gives it: one line, one JSON object.
struct UserRecord {
  std::optional<UserId> id;  ///< without one the import makes it
  accounts::EmailAddress email;
  std::optional<Timestamp> email_verified_at;
  std::optional<std::string> name;
  std::optional<std::string> password_hash;  ///< without one only a reset gives a password
  accounts::Role role = accounts::Role::user;
  accounts::Status status = accounts::Status::active;
  Timestamp created_at;
  std::string locale = "en";
  std::optional<accounts::PasswordMustChange> password_must_change;
};

/// Reads a line:
///
///   {"email": "ada@example.org", "password_hash": "$2b$12$…", "name": "Ada", "email_verified": true, "role": "user",
///    "status": "active", "locale": "en", "created_at": "2019-04-01T12:00:00Z", "id": UUID,
///    "email_verified_at": time or null, "password_must_change": null or "initial", "staff", "compromised"}
///
/// Only `email` and `password_hash` (a string, or null for none yet) are required; what is missing is as shown, with
/// `created_at` being `now` and a verified address verified since then. Any other field is refused: a mistyped one must
/// not pass for an absent one. The hash itself is not judged here. Fails with validation_failed and a message that says
/// neither hash nor name.
[[nodiscard]] Result<UserRecord> parse_user_record(std::string_view line, Timestamp now);

/// The line, with every field and without a line break.
[[nodiscard]] std::string user_record_line(const UserRecord& record);

}  // namespace secureauth::admin
