#include "accounts/user_row.hpp"

namespace secureauth::accounts {

User user_from(const db::Row& row, std::size_t first) {
  std::optional<PasswordMustChange> must_change;
  if (const auto reason = row.optional_text(first + 8)) must_change = password_must_change_from(*reason);
  return {.id = UserId(row.text(first)),
          .email = row.text(first + 1),
          .name = row.optional_text(first + 2),
          .email_verified = !row.is_null(first + 3),
          .role = role_from(row.text(first + 4)).value(),
          .status = status_from(row.text(first + 5)),
          .created_at = row.time(first + 6),
          .locale = row.text(first + 7),
          .password_must_change = must_change,
          .second_factors = factors_from(row.text(first + 9)),
          .must_enrol_factor = !row.is_null(first + 10)};
}

}  // namespace secureauth::accounts
